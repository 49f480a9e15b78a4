/** Decides which bytes of a segment file stay in memory with its index, and which sections are read together. */
import type { IndexEntry, SegmentIndex } from './segment-index.ts';

/** Reading over so many bytes that nobody needs is cheaper than another request. */
const GAP_BYTES = 64 * 1024;
/** One request takes no more than this, unless a single section is longer. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

/** The bytes of a file from `from` on. */
export interface Tail {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** Returns the sections that are whole in the known bytes. They stay in memory with the file; other bytes do not. */
export function wholeSections({ sections }: SegmentIndex, { from, bytes }: Tail): Tail {
  const first = sections.find(([, offset]) => offset >= from);
  const last = sections.at(-1);
  if (first === undefined || last === undefined) return { from: Number.POSITIVE_INFINITY, bytes: new Uint8Array() };
  const [start, end] = [first[1], last[1] + last[2]];
  if (start === from) return { from, bytes };
  return { from: start, bytes: bytes.slice(start - from, end - from) };
}

interface SegmentRequest {
  start: number;
  end: number;
  sections: IndexEntry[];
}

/** Plans the requests for sections, so that neighbours are read together. A request starts at a section, a multiple of 8. */
export function coalesce(wanted: readonly IndexEntry[]): SegmentRequest[] {
  const requests: SegmentRequest[] = [];
  for (const section of [...wanted].sort((a, b) => a[1] - b[1])) {
    const [, offset, length] = section;
    const last = requests.at(-1);
    if (last && offset - last.end <= GAP_BYTES && offset + length - last.start <= MAX_READ_BYTES) {
      last.end = Math.max(last.end, offset + length);
      last.sections.push(section);
    } else {
      requests.push({ start: offset, end: offset + length, sections: [section] });
    }
  }
  return requests;
}
