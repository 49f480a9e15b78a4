import { EmptyModelError } from '../../shared/errors.ts';

/** Returns the error that ends a run without a similarity, so that the published model stays. */
export const emptyModel = (why: string): EmptyModelError =>
  new EmptyModelError(`the model would be empty: ${why}. Nothing is published`);
