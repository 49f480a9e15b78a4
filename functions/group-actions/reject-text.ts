/**
 * The rejects of a shard, before they are written to its object. A few are kept until the shard has been read. Many are written
 * while it is read, so that gigabytes of rejected lines take no memory.
 */
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

/** The approximate bytes of text in a section. */
const SECTION_BYTES = 4 << 20;
const FIRST_BYTES = 1 << 14;
/** The most bytes that a code unit of a JavaScript string takes in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** The number of rejects that an error shows. */
const SHOWN = 3;

export class RejectText {
  /** The first rejects of the shard, each a line of JSON. */
  readonly first: string[] = [];
  /**
   * The texts of full sections. The end of a section depends only on the rejects, and not on the pieces in which they were
   * read.
   */
  #full: Text[] = [];
  /** The text of the next section. It is kept as bytes, because millions of strings are work for the garbage collector. */
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #lines = 0;
  #sections = 0;

  /** @param line the answer of `rejectText` */
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

  /** True when there is a full section to write. */
  get isFull(): boolean {
    return this.#full.length > 0;
  }

  /** Moves all full sections to the writer. */
  moveTo(writer: SegmentWriter): void {
    for (const { bytes, lines } of this.#full) writer.add(sectionName(this.#sections++), bytes, lines);
    this.#full = [];
  }

  /** Moves all sections to the writer. No reject may be added afterwards. */
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

/** Returns the names of the sections with rejects in a shard's object, in the order in which the rejects were read. */
export function rejectSections(file: SegmentFile): string[] {
  const names: string[] = [];
  while (file.has(sectionName(names.length))) names.push(sectionName(names.length));
  return names;
}

/** No section of a client has this name, because a kind of records follows after a client's name. */
const sectionName = (place: number): string => `rejects//${place}`;
