/** Counts of rejected lines, the share that limits them, and their words in messages. */
import { TooManyRejectsError } from '../errors.ts';

/** The number of rejects that an error shows. */
export const SHOWN = 3;

/** The counts of the lines that a shard read. */
export type ReadCounts = {
  /** The number of lines that are not blank. */
  readonly lines: number;
  readonly rejected: number;
  /** The bytes of these lines, without newlines. */
  readonly bytes: number;
  readonly rejectedBytes: number;
  /** Reason → number of rejected lines. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The number of actions of forgotten users, which were left out; absent when no user is forgotten. */
  readonly forgotten?: number;
};

/** Returns the larger of the shares by lines and by bytes, because a single bad line may hold many records. */
export const rejectShare = ({ lines, rejected, bytes, rejectedBytes }: Omit<ReadCounts, 'reasons'>): number =>
  Math.max(rejected / Math.max(1, lines), rejectedBytes / Math.max(1, bytes));

/** The ways out of too many rejects that a job knows. */
export interface WaysOut {
  /** The option of the command line for `maxRejectRatio`, if there is one. */
  readonly option?: string;
  /** Returns a sentence, without its full stop, about what such rejects may mean. */
  readonly hint?: (first: readonly string[]) => string | undefined;
}

/** @param first rejects as `rejectLine` writes them */
export function tooManyRejects(
  what: string,
  maxRatio: number,
  first: readonly string[],
  { option, hint }: WaysOut = {},
): TooManyRejectsError {
  const setting = option === undefined ? 'maxRejectRatio' : `maxRejectRatio (${option})`;
  const meant = hint?.(first);
  const shown = first.slice(0, SHOWN).map((line) => `  ${line.trimEnd()}\n`);
  return new TooManyRejectsError(
    `${what}, and maxRejectRatio allows ${percent(maxRatio)} %. The first ones:\n${shown.join('')}` +
      `${meant === undefined ? '' : `${meant}. `}Correct the input, or raise ${setting} if these lines may be left out`,
  );
}

/** Returns the shares in words, and the most frequent reason. */
export const rejectsInWords = (counts: ReadCounts): string =>
  `${sharesInWords(counts)}; most often: ${commonest(counts.reasons)}`;

/**
 * Returns `4 of 44 lines were rejected (9.1 %, and 10.3 % of the bytes)`. The bytes are named only if their share is larger.
 */
export function sharesInWords(counts: ReadCounts): string {
  const { lines, rejected, bytes, rejectedBytes } = counts;
  const words = `${rejected} of ${lines} lines were rejected (${share(rejected, lines)} %`;
  return rejectedBytes * lines > rejected * bytes
    ? `${words}, and ${share(rejectedBytes, bytes)} % of the bytes)`
    : `${words})`;
}

/** Returns a share in percent, such as 31.5 or 0.005. A share above zero has at least one digit other than zero. */
function share(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return value >= 0.1 || value === 0 ? value.toFixed(1) : String(Number(value.toPrecision(1)));
}

/** Returns the most frequent reason; of equally frequent ones the first by name. */
function commonest(reasons: Readonly<Record<string, number>>): string {
  const [first] = Object.entries(reasons).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first === undefined ? '' : `${first[0]} (${first[1]})`;
}

/** Returns a ratio in percent without the digits that binary fractions add: 0.29 is 29 %, not 28.999999999999996. */
const percent = (ratio: number): number => Number((100 * ratio).toPrecision(12));
