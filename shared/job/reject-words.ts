/** How many lines were rejected: the counts, the share that limits them, and the words for messages. */
import { TooManyRejectsError } from '../errors.ts';

/** Rejects that an error shows. */
export const SHOWN = 3;

/** What a shard read: lines that are not blank, and how many of them were rejected. */
export type ReadCounts = {
  readonly lines: number;
  readonly rejected: number;
  /** Of the lines, without their ends and without records that are too long. */
  readonly bytes: number;
  readonly rejectedBytes: number;
  /** How many lines were rejected, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
};

/** The larger of the shares by lines and by bytes: many records lost in one bad line are many. */
export const rejectShare = ({ lines, rejected, bytes, rejectedBytes }: Omit<ReadCounts, 'reasons'>): number =>
  Math.max(rejected / Math.max(1, lines), rejectedBytes / Math.max(1, bytes));

/** @param first rejects as `rejectLine` writes them */
export function tooManyRejects(
  what: string,
  maxRatio: number,
  first: readonly string[],
  option?: string,
): TooManyRejectsError {
  const setting = option === undefined ? 'maxRejectRatio' : `maxRejectRatio (${option})`;
  const shown = first.slice(0, SHOWN).map((line) => `  ${line.trimEnd()}\n`);
  return new TooManyRejectsError(
    `${what}, and maxRejectRatio allows ${percent(maxRatio)} %. The first ones:\n${shown.join('')}` +
      `Mend the input, or raise ${setting} if these lines may be left out`,
  );
}

/** How many, of how many, and why most of them. */
export const rejectsInWords = (counts: ReadCounts): string =>
  `${sharesInWords(counts)}; most often: ${commonest(counts.reasons)}`;

/** `4 of 44 lines were rejected (9.1 %, and 10.3 % of the bytes)` */
export function sharesInWords(counts: ReadCounts): string {
  const { lines, rejected, bytes, rejectedBytes } = counts;
  const words = `${rejected} of ${lines} lines were rejected (${share(rejected, lines)} %`;
  return rejectedBytes * lines > rejected * bytes
    ? `${words}, and ${share(rejectedBytes, bytes)} % of the bytes)`
    : `${words})`;
}

/** In percent, with a digit where there is anything: 0.005, 31.5. */
function share(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return value >= 0.1 || value === 0 ? value.toFixed(1) : String(Number(value.toPrecision(1)));
}

/** The reason met most often; of equals the first by name. */
function commonest(reasons: Readonly<Record<string, number>>): string {
  const [first] = Object.entries(reasons).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first === undefined ? '' : `${first[0]} (${first[1]})`;
}

/** Without the digits that binary fractions add: 0.29 is 29 %, not 28.999999999999996. */
const percent = (ratio: number): number => Number((100 * ratio).toPrecision(12));
