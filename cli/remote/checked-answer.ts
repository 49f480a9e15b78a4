/** Checks the answer of a function of a deployed pipeline, which may be of another version than this command line. */
import type * as z from 'zod';
import { PipelineError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';

/**
 * Returns the answer when the schema accepts it.
 *
 * @param expected what the answer must be, for the message: `a list of models`
 * @throws PipelineError for any other answer
 */
export function checkedAnswer<T>(schema: z.ZodType<T>, answer: JsonValue, expected: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new PipelineError(
    `the answer is not ${expected}, as this version knows it: deploy the pipeline again, or use the command line of its version`,
  );
}
