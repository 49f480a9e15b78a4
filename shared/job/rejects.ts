/**
 * Lines that could not be used: counted, sampled, and a reason to refuse the whole input when there are too many.
 *
 * Every reading step keeps the first rejects of its shard. The run publishes the first of all in the order of the inputs,
 * so the sample does not depend on the shards.
 */
import { TooManyRejectsError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { LinePosition } from '../lines/line-splitter.ts';
import { rejectLine } from '../lines/reject-line.ts';
import type { SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { OutputFile, Piece } from './job.ts';

/** Rejects published with a model. */
const SAMPLE = 100;
const SECTION = 'rejects';

/** What a shard read: lines that are not blank, and how many of them were rejected. */
export interface ReadCounts {
  readonly lines: number;
  readonly rejected: number;
}

export class RejectSample {
  lines = 0;
  rejected = 0;
  readonly #sample: Uint8Array[] = [];

  add(object: string, position: LinePosition, reason: string, buffer: Buffer, start: number, end: number): void {
    if (this.rejected++ < SAMPLE) this.#sample.push(rejectLine(object, position, reason, buffer, start, end));
  }

  /** Adds the sample to the shard's object; resolves to what belongs into its meta. */
  writeTo(writer: SegmentWriter): { readonly [key: string]: JsonValue } {
    writer.add(SECTION, this.#sample);
    return { lines: this.lines, rejected: this.rejected, sampled: this.#sample.map((line) => line.byteLength) };
  }
}

const countsOf = (file: SegmentFile): ReadCounts & { readonly sampled: readonly number[] } =>
  file.meta as unknown as ReadCounts & { readonly sampled: readonly number[] };

/** What all shards of a reading step read together. */
export function readCounts(files: readonly SegmentFile[]): ReadCounts {
  const counts = files.map(countsOf);
  return {
    lines: counts.reduce((sum, count) => sum + count.lines, 0),
    rejected: counts.reduce((sum, count) => sum + count.rejected, 0),
  };
}

/** @throws TooManyRejectsError naming the first few, when more than `maxRatio` of the lines were rejected */
export async function checkRejects(files: readonly SegmentFile[], maxRatio: number): Promise<ReadCounts> {
  const counts = readCounts(files);
  if (counts.rejected / counts.lines > maxRatio) {
    const first = await firstRejects(files, 3);
    throw new TooManyRejectsError(
      `${counts.rejected} of ${counts.lines} lines were rejected (${((100 * counts.rejected) / counts.lines).toFixed(1)} %), ` +
        `and maxRejectRatio allows ${percent(maxRatio)} %. The first ones:\n${first}` +
        'Mend the input, or raise maxRejectRatio if these lines may be left out',
    );
  }
  return counts;
}

/** Without the digits that binary fractions add: 0.29 is 29 %, not 28.999999999999996. */
const percent = (ratio: number): number => Number((100 * ratio).toPrecision(12));

async function firstRejects(files: readonly SegmentFile[], count: number): Promise<string> {
  let text = '';
  for (const file of files) {
    if (text.split('\n').length > count) break;
    if (file.has(SECTION)) text += Buffer.from(await file.read(SECTION)).toString('utf8');
  }
  const lines = text.split('\n').slice(0, count);
  return lines.map((line) => `  ${line}\n`).join('');
}

/** The sample as an output file, or none where nothing was rejected. */
export function rejectedFile(files: readonly SegmentFile[]): OutputFile[] {
  const pieces: Piece[] = [];
  let left = SAMPLE;
  for (const file of files) {
    const lengths = countsOf(file).sampled.slice(0, left);
    if (lengths.length === 0) continue;
    pieces.push(file.piece(SECTION, { start: 0, end: lengths.reduce((sum, length) => sum + length, 0) }));
    left -= lengths.length;
  }
  return pieces.length === 0 ? [] : [{ name: '_rejected', pieces }];
}
