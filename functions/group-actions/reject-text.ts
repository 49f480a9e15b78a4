/**
 * The rejects of a shard on their way into its object. A few wait until the shard is read; more are written while it is
 * read, so that rubbish by the gigabyte takes no memory.
 */
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

/** Text that waits before it is written, bytes about. */
const SECTION_BYTES = 4 << 20;
const FIRST_BYTES = 1 << 14;
/** The most bytes that a code unit of a JavaScript string takes in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** Rejects that an error shows. */
const SHOWN = 3;

export class RejectText {
  /** The first of the shard, each a line of JSON. */
  readonly first: string[] = [];
  /** Text that is enough for a section. Where one ends depends on the rejects alone, not on the pieces that are read. */
  #full: Text[] = [];
  /** What comes after it, as bytes, because strings by the million are work for the garbage collector. */
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
    if (this.#length >= SECTION_BYTES) this.#close();
  }

  /** So much waits that it is time to write it. */
  get isFull(): boolean {
    return this.#full.length > 0;
  }

  /** Adds the text that is enough for a section; each becomes one. */
  moveTo(writer: SegmentWriter): void {
    for (const { bytes, lines } of this.#full) writer.add(sectionName(this.#sections++), bytes, lines);
    this.#full = [];
  }

  /** Adds all that is left: no reject comes after it. */
  moveAllTo(writer: SegmentWriter): void {
    if (this.#lines > 0) this.#close();
    this.moveTo(writer);
  }

  #close(): void {
    this.#full.push({ bytes: this.#bytes.subarray(0, this.#length), lines: this.#lines });
    this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.#length = 0;
    this.#lines = 0;
  }
}

interface Text {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

/** The sections of a shard's object that hold rejects, in the order in which they were read. */
export function rejectSections(file: SegmentFile): string[] {
  const names: string[] = [];
  while (file.has(sectionName(names.length))) names.push(sectionName(names.length));
  return names;
}

/** No client's section is called so: behind a client's name comes the kind of its records. */
const sectionName = (place: number): string => `rejects//${place}`;
