/**
 * Reading an output back: every line of a small table, a sample of a large one, and the number of lines.
 *
 * A table of T bytes above `WHOLE_BYTES` is read at eight places, 0, T/8, 2T/8 … of its files laid end to end, 125 lines each.
 * A passage that begins within a line begins with the next one.
 */
import type { ModelFile } from './model-file.ts';

/** Of a table that is read whole: less time than eight requests take. Bytes. */
const WHOLE_BYTES = 1 << 20;
const PASSAGES = 8;
const LINES_A_PASSAGE = 125;
/** Bytes of a passage where nothing tells how long a line is. */
const PASSAGE_BYTES = 1 << 18;
const LONGEST_PASSAGE = 8 << 20;
/** Lines are counted in tables up to this size: a second for each of its GiB. Bytes. */
const COUNTED_BYTES = 2 ** 31;
/** Messages show so much of a line. Characters. */
const SHOWN = 80;

const NEWLINE = 0x0a;

export interface ReadBack {
  /** The lines read, without their ends. */
  readonly lines: readonly string[];
  /** What is wrong, each with its place. */
  readonly problems: readonly string[];
  /** All lines of the table; undefined where it is too large to be counted. */
  readonly count: number | undefined;
}

/** Makes a reader for a passage; `isStart`: it begins with the first line of a file. */
type MakeReader = (isStart: boolean) => (line: string) => string | undefined;

/** @param expected lines, where the manifest says how many there are */
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
    // One byte more in front: a newline there says that the passage begins with a line of its own.
    const from = Math.max(0, at.offset - 1);
    const bytes = await at.file.read(from, Math.min(at.file.size, at.offset + passageBytes));
    readPassage(at.file, bytes, from, makeReader, found, LINES_A_PASSAGE);
  }
  return { ...found, count: total <= COUNTED_BYTES ? await countLines(files, found.problems) : undefined };
}

/** The file, and the byte in it, that byte `offset` of all files laid end to end is. */
function placeOf(files: readonly ModelFile[], offset: number): { file: ModelFile; offset: number } | undefined {
  let before = 0;
  for (const file of files) {
    if (offset < before + file.size) return { file, offset: offset - before };
    before += file.size;
  }
  return undefined;
}

/**
 * Reads the lines in `bytes`, which begin at byte `from` of the file; resolves to their number.
 * @param most lines that are wanted; where it is left out the bytes are the whole file
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
        `${file.name}, byte ${from + start} (${JSON.stringify((text ?? '').slice(0, SHOWN))}): ${problem}`,
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
    // Says that the bytes are no UTF-8; there is no other way to ask.
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
