/**
 * Reads an output back: every line of a small table, or a sample of a large one, and the number of lines.
 *
 * A table of T bytes above `WHOLE_BYTES` is read at the eight places 0, T/8, 2T/8 … of its files laid end to end, 125 lines at
 * each place. A place within a line means the next line.
 */
import type { ModelFile } from './model-file.ts';

/** A table up to this size is read whole, which takes less time than eight requests. Bytes. */
const WHOLE_BYTES = 1 << 20;
const PASSAGES = 8;
const LINES_A_PASSAGE = 125;
/** The size of a passage when the length of a line is unknown. */
const PASSAGE_BYTES = 1 << 18;
const LONGEST_PASSAGE = 8 << 20;
/** The lines of tables up to this size are counted, which takes a second for each GiB. Bytes. */
const COUNTED_BYTES = 2 ** 31;
/** The length of the part of a line that messages show. Characters. */
const SHOWN_CHARACTERS = 80;

const NEWLINE = 0x0a;

export interface ReadBack {
  /** The lines read, without their ends. */
  readonly lines: readonly string[];
  /** The problems, each with its file and byte. */
  readonly problems: readonly string[];
  /** The number of lines of the table; undefined for a table that is too large to count. */
  readonly count: number | undefined;
}

/** Makes a reader for a passage. `isStart` is true when the passage begins with the first line of a file. */
type MakeReader = (isStart: boolean) => (line: string) => string | undefined;

/** Reads a table back. @param expected the number of lines by the manifest, if the manifest tells it */
export async function readBack(
  files: readonly ModelFile[],
  makeReader: MakeReader,
  expected: number | undefined,
): Promise<ReadBack> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const found = { lines: [] as string[], problems: [] as string[] };
  if (total <= WHOLE_BYTES) {
    let count = 0;
    for (const file of files) count += readPassage(file, await file.read(0, file.size), 0, makeReader, found);
    return { ...found, count };
  }
  const lineBytes = expected ? total / expected : PASSAGE_BYTES / LINES_A_PASSAGE;
  const passageBytes = Math.min(LONGEST_PASSAGE, Math.ceil(1.25 * lineBytes * (LINES_A_PASSAGE + 1)) + 1024);
  for (let passage = 0; passage < PASSAGES; passage++) {
    const at = placeOf(files, Math.floor((total * passage) / PASSAGES));
    if (at === undefined) continue;
    // One more byte is read in front: if it is a newline, the passage begins with a whole line.
    const from = Math.max(0, at.offset - 1);
    const bytes = await at.file.read(from, Math.min(at.file.size, at.offset + passageBytes));
    readPassage(at.file, bytes, from, makeReader, found, LINES_A_PASSAGE);
  }
  return { ...found, count: total <= COUNTED_BYTES ? await countLines(files, found.problems) : undefined };
}

/** Finds the file, and the offset in it, of byte `offset` of all files laid end to end. */
function placeOf(files: readonly ModelFile[], offset: number): { file: ModelFile; offset: number } | undefined {
  let before = 0;
  for (const file of files) {
    if (offset < before + file.size) return { file, offset: offset - before };
    before += file.size;
  }
  return undefined;
}

/**
 * Reads the lines in `bytes`, which begin at byte `from` of the file. Returns their number.
 * @param most the most lines to read
 */
function readPassage(
  file: ModelFile,
  bytes: Uint8Array,
  from: number,
  makeReader: MakeReader,
  found: { readonly lines: string[]; readonly problems: string[] },
  most = Number.POSITIVE_INFINITY,
): number {
  let start = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  const read = makeReader(from === 0);
  let lines = 0;
  while (start < bytes.length && lines < most) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) {
      if (from + bytes.length === file.size) found.problems.push(`${file.name} ends within a line`);
      break;
    }
    const text = textOf(bytes.subarray(start, end));
    const problem = text === undefined ? 'it is not UTF-8' : read(text);
    if (problem !== undefined) {
      found.problems.push(
        `${file.name}, byte ${from + start} (${JSON.stringify((text ?? '').slice(0, SHOWN_CHARACTERS))}): ${problem}`,
      );
    }
    found.lines.push(text ?? '');
    lines++;
    start = end + 1;
  }
  return lines;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    // `TextDecoder` reports only in this way that bytes are not UTF-8.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function countLines(files: readonly ModelFile[], problems: string[]): Promise<number> {
  let count = 0;
  for (const file of files) {
    let last = NEWLINE;
    for await (const chunk of file.stream()) {
      for (let at = 0; at < chunk.length; at++) if (chunk[at] === NEWLINE) count++;
      last = chunk.at(-1) ?? last;
    }
    if (last !== NEWLINE) problems.push(`${file.name} ends within a line`);
  }
  return count;
}
