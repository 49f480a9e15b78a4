/**
 * Lines that could not be used: counted, sampled, and a reason to refuse the whole input when there are too many.
 *
 * Every reading step keeps the first rejects of its shard. The run publishes the first of all in the order of the inputs,
 * so the sample does not depend on the shards.
 */
import { NoInputError } from '../errors.ts';
import type { LinePosition } from '../lines/line-sink.ts';
import { rejectLine } from '../lines/reject-line.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { OutputFile, Piece, Run } from './job.ts';
import type { RejectLimit } from './reject-limit.ts';
import { type ReadCounts, rejectShare, rejectsInWords, SHOWN, sharesInWords, tooManyRejects } from './reject-words.ts';

/** Rejects published with a model. */
const SAMPLE = 100;
const SECTION = 'rejects';
/** Fewer are read in no time, and the exact share of a small input says more than that it is too much. */
const REJECTS_A_CHECK = 10_000;

/** Counts lines and bytes read, and those rejected by reason. */
export class RejectCounter implements ReadCounts {
  lines = 0;
  rejected = 0;
  bytes = 0;
  rejectedBytes = 0;
  readonly #reasons = new Map<string, number>();

  get reasons(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** So many bytes were read, as one line or several; which are rejects is said apart. */
  read(bytes: number, lines = 1): void {
    this.lines += lines;
    this.bytes += bytes;
  }

  reject(reason: string, bytes: number): void {
    this.rejected++;
    this.rejectedBytes += bytes;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** What belongs into the meta of the shard's object. */
  counts(): ReadCounts {
    const { lines, rejected, bytes, rejectedBytes, reasons } = this;
    return { lines, rejected, bytes, rejectedBytes, reasons };
  }
}

export class RejectSample extends RejectCounter {
  readonly #sample: Uint8Array[] = [];
  readonly #limit: RejectLimit | undefined;

  /** @param limit refuses an input that surely has too many rejects while it is read */
  constructor(limit?: RejectLimit) {
    super();
    this.#limit = limit;
  }

  override reject(reason: string, bytes: number): void {
    super.reject(reason, bytes);
    if (this.rejected % REJECTS_A_CHECK === 0) this.#limit?.check(this, this.first());
  }

  /** The first rejects, each a line of JSON. */
  first(): string[] {
    return this.#sample.slice(0, SHOWN).map((line) => Buffer.from(line).toString('utf8'));
  }

  /** A line that was read is a reject: `buffer[start, end)`. */
  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    this.reject(reason, end - start);
    this.#show(object, position, reason, buffer, start, end);
  }

  /** A line that is too long, of which `buffer[start, end)` is the beginning. @param unread as `LineSink.tooLong` has it */
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

  /** Adds the sample to the shard's object; resolves to what belongs into its meta. */
  writeTo(writer: SegmentWriter): ReadMeta {
    writer.add(SECTION, this.#sample);
    return { ...this.counts(), sampled: this.#sample.map((line) => line.byteLength) };
  }

  #show(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    if (this.#sample.length < SAMPLE) this.#sample.push(rejectLine(object, position, reason, buffer, start, end));
  }
}

/** The meta of an object of a reading step, beside what the step adds: counts, and the bytes of each line in the sample. */
export type ReadMeta = ReadCounts & { readonly sampled: readonly number[] };

/** An object of a reading step. */
export type ReadFile = SegmentFile<ReadMeta>;

/** What all shards of a reading step read together. */
export function readCounts(files: readonly SegmentFile<ReadCounts>[]): ReadCounts {
  const counts = files.map(({ meta }) => meta);
  const sum = (name: 'lines' | 'rejected' | 'bytes' | 'rejectedBytes') =>
    counts.reduce((total, count) => total + count[name], 0);
  const reasons: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((one) => Object.entries(one.reasons))) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    lines: sum('lines'),
    rejected: sum('rejected'),
    bytes: sum('bytes'),
    rejectedBytes: sum('rejectedBytes'),
    reasons,
  };
}

/** The part of the run that the check uses. */
type ReadingRun = Pick<Run<{ readonly maxRejectRatio: number }>, 'settings' | 'log'>;

export interface CheckOptions {
  /** The command line's option for `maxRejectRatio`, where there is one. */
  readonly option?: string;
  /** The first rejects, each a line of JSON; by default those of the samples. */
  readonly first?: () => Promise<readonly string[]>;
}

/**
 * Refuses an input with too many rejects; warns of fewer.
 *
 * @throws TooManyRejectsError naming the first few when more than `maxRejectRatio` of the lines, or of their bytes, were
 *   rejected; NoInputError when there was no line at all
 */
export async function checkRejects(
  { settings: { maxRejectRatio }, log }: ReadingRun,
  files: readonly SegmentFile<ReadCounts>[],
  { option, first = () => sampledRejects(files) }: CheckOptions = {},
): Promise<ReadCounts> {
  const counts = readCounts(files);
  if (counts.lines === 0) {
    throw new NoInputError('there is no record in what was read: all of it is blank. Check the input');
  }
  if (rejectShare(counts) > maxRejectRatio) {
    throw tooManyRejects(sharesInWords(counts), maxRejectRatio, await first(), option);
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

/** The sample as an output file, or none where nothing was rejected. */
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
