/**
 * The rejects of a shard on their way into its object. A few wait until the shard is read; more are written while it is
 * read, so that rubbish by the gigabyte takes no memory.
 */
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

/** Text that waits before it is written, bytes about. */
const SECTION_BYTES = 4 << 20;
const FIRST_BYTES = 1 << 14;
/** Of a code unit of JavaScript's strings, in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** Rejects that an error shows. */
const SHOWN = 3;

export class RejectText {
  /** The first of the shard, each a line of JSON. */
  readonly first: string[] = [];
  /** What waits is `bytes[0, length)`: as bytes, because strings by the million are work for the garbage collector. */
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #lines = 0;
  #sections = 0;

  /** @param line as `rejectText` makes it */
  add(line: string): void {
    if (this.first.length < SHOWN) this.first.push(line);
    const most = this.#length + line.length * MOST_UNIT_BYTES;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(line, this.#length, 'utf8');
    this.#lines++;
  }

  /** So much waits that it is time to write it. */
  get isFull(): boolean {
    return this.#length >= SECTION_BYTES;
  }

  /** Adds what waits as a section of its own. */
  moveTo(writer: SegmentWriter): void {
    if (this.#lines === 0) return;
    writer.add(sectionName(this.#sections++), this.#bytes.subarray(0, this.#length), this.#lines);
    this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.#length = 0;
    this.#lines = 0;
  }
}

/** The sections of a shard's object that hold rejects, in the order in which they were read. */
export function rejectSections(file: SegmentFile): string[] {
  const names: string[] = [];
  while (file.has(sectionName(names.length))) names.push(sectionName(names.length));
  return names;
}

/** No client's section is called so: behind a client's name comes the kind of its records. */
const sectionName = (place: number): string => `rejects//${place}`;
