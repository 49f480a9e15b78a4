/** Two outputs of the toy job for one day. One file is in both, and each has one that the other lacks. */
import { DAY } from './toy-job.ts';

export interface Output {
  readonly id: string;
  readonly requestedAt: string;
  /** Name → content. */
  readonly files: Readonly<Record<string, string>>;
}

export const FOLDER = `shop/copies/${DAY}/`;

export const OLD: Output = {
  id: '0000000000000000',
  requestedAt: '2012-01-01T00:00:00.000Z',
  files: { a: 'old a', b: 'old b' },
};

export const NEW: Output = {
  id: '1111111111111111',
  requestedAt: '2012-01-02T00:00:00.000Z',
  files: { a: 'new a', c: 'new c' },
};

/** Returns the files of an output by their keys. */
export function filesByKey(folder: string, { files }: Output): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [folder + name, text]));
}
