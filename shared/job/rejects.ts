/**
 * Counts and samples rejected lines, and refuses an input with too many of them.
 *
 * Every shard of a reading step keeps its first rejects. The run publishes the first rejects in the order of the inputs, so the
 * sample does not depend on the shards.
 */
import { defined } from '../defined.ts';
import { NoInputError } from '../errors.ts';
import type { LinePosition } from '../lines/line-sink.ts';
import { rejectLine } from '../lines/reject-line.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { OutputFile, Piece, Run } from './job.ts';
import type { RejectLimit } from './reject-limit.ts';
import {
  type ReadCounts,
  rejectShare,
  rejectsInWords,
  SHOWN,
  sharesInWords,
  tooManyRejects,
  type WaysOut,
} from './reject-words.ts';

/** The most rejects that are published with a model. */
const SAMPLE = 100;
const SECTION = 'rejects';
/**
 * The number of rejects between two checks. An input with fewer rejects is read to its end. That is quick, and an error then
 * says the exact share.
 */
const REJECTS_A_CHECK = 10_000;

/** Counts the lines and bytes that are read, and the rejects by reason. */
export class RejectCounter implements ReadCounts {
  lines = 0;
  rejected = 0;
  bytes = 0;
  rejectedBytes = 0;
  readonly #reasons = new Map<string, number>();

  get reasons(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Counts the bytes of one line or several. A reject is also counted by `reject`. */
  read(bytes: number, lines = 1): void {
    this.lines += lines;
    this.bytes += bytes;
  }

  reject(reason: string, bytes: number): void {
    this.rejected++;
    this.rejectedBytes += bytes;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** Returns the counts for the meta of the shard's object. */
  counts(): ReadCounts {
    const { lines, rejected, bytes, rejectedBytes, reasons } = this;
    return { lines, rejected, bytes, rejectedBytes, reasons };
  }
}

export class RejectSample extends RejectCounter {
  readonly #sample: Uint8Array[] = [];
  readonly #limit: RejectLimit | undefined;

  /** @param limit refuses an input while it is read, if it certainly has too many rejects */
  constructor(limit?: RejectLimit) {
    super();
    this.#limit = limit;
  }

  override reject(reason: string, bytes: number): void {
    super.reject(reason, bytes);
    if (this.rejected % REJECTS_A_CHECK === 0) this.#limit?.check(this, this.first());
  }

  /** Returns the first rejects, each a line of JSON. */
  first(): string[] {
    return this.#sample.slice(0, SHOWN).map((line) => Buffer.from(line).toString('utf8'));
  }

  /** Adds a reject, the line `buffer[start, end)`, which `read` has counted. */
  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    this.reject(reason, end - start);
    this.#show(object, position, reason, buffer, start, end);
  }

  /** Adds a line that is too long. `buffer[start, end)` is its beginning. @param unread as in `LineSink.tooLong` */
  addTooLong(
    object: string,
    position: LinePosition,
    reason: string,
    buffer: Buffer,
    start: number,
    end: number,
    unread: number,
  ): void {
    this.read(unread);
    this.reject(reason, unread);
    this.#show(object, position, reason, buffer, start, end);
  }

  /** Adds the sample to the shard's object. Returns the fields for the object's meta. */
  writeTo(writer: SegmentWriter): ReadMeta {
    writer.add(SECTION, this.#sample);
    return { ...this.counts(), sampled: this.#sample.map((line) => line.byteLength) };
  }

  #show(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    if (this.#sample.length < SAMPLE) this.#sample.push(rejectLine(object, position, reason, buffer, start, end));
  }
}

/** The meta of an object of a reading step: the counts, and the bytes of each line in the sample. A step may add fields. */
export type ReadMeta = ReadCounts & { readonly sampled: readonly number[] };

/** An object of a reading step. */
export type ReadFile = SegmentFile<ReadMeta>;

/** Returns the sums of the counts of all shards of a reading step. */
export function readCounts(files: readonly SegmentFile<ReadCounts>[]): ReadCounts {
  const counts = files.map(({ meta }) => meta);
  const sum = (name: 'lines' | 'rejected' | 'bytes' | 'rejectedBytes') =>
    counts.reduce((total, count) => total + count[name], 0);
  const reasons: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((one) => Object.entries(one.reasons))) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  const forgotten = counts.flatMap((count) => count.forgotten ?? []);
  return defined<ReadCounts>({
    lines: sum('lines'),
    rejected: sum('rejected'),
    bytes: sum('bytes'),
    rejectedBytes: sum('rejectedBytes'),
    reasons,
    forgotten: forgotten.length === 0 ? undefined : forgotten.reduce((total, count) => total + count, 0),
  });
}

/** The part of the run that the check uses. */
type ReadingRun = Pick<Run<{ readonly maxRejectRatio: number }>, 'settings' | 'log'>;

export interface CheckOptions extends WaysOut {
  /** Returns the first rejects, each a line of JSON. By default they come from the samples. */
  readonly first?: () => Promise<readonly string[]>;
}

/**
 * Refuses an input with too many rejects, and warns about any smaller number of rejects.
 *
 * @throws TooManyRejectsError, which shows the first rejects, when more than `maxRejectRatio` of the lines or of their bytes
 *   were rejected; NoInputError when there was no line
 */
export async function checkRejects(
  { settings: { maxRejectRatio }, log }: ReadingRun,
  files: readonly SegmentFile<ReadCounts>[],
  { first = () => sampledRejects(files), ...waysOut }: CheckOptions = {},
): Promise<ReadCounts> {
  const counts = readCounts(files);
  if (counts.lines === 0) {
    throw new NoInputError('the input has no record: all of its lines are blank. Check the input');
  }
  if (rejectShare(counts) > maxRejectRatio) {
    throw tooManyRejects(sharesInWords(counts), maxRejectRatio, await first(), waysOut);
  }
  if (counts.rejected > 0) log('warn', rejectsInWords(counts));
  return counts;
}

async function sampledRejects(files: readonly SegmentFile<ReadCounts>[]): Promise<string[]> {
  const first: string[] = [];
  for (const file of files) {
    if (first.length >= SHOWN) break;
    if (!file.has(SECTION)) continue;
    const text = Buffer.from(await file.read(SECTION)).toString('utf8');
    first.push(...text.split('\n').filter((line) => line !== ''));
  }
  return first.slice(0, SHOWN);
}

/** Returns the sample as an output file; no file if nothing was rejected. */
export function rejectedFile(files: readonly ReadFile[]): OutputFile[] {
  const pieces: Piece[] = [];
  let left = SAMPLE;
  for (const file of files) {
    const lengths = file.meta.sampled.slice(0, left);
    if (lengths.length === 0) continue;
    pieces.push(file.piece(SECTION, { start: 0, end: lengths.reduce((sum, length) => sum + length, 0) }));
    left -= lengths.length;
  }
  return pieces.length === 0 ? [] : [{ name: '_rejected', pieces }];
}
