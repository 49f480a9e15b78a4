/** The check `readable`: the output's files must read back correctly, and have as many records as the manifest says. */
import { gunzipSync, constants as zlib } from 'node:zlib';
import type { Judged, ModelTable, SampledLines } from './judging.ts';
import type { ModelFile } from './model-file.ts';
import { readBack } from './read-back.ts';
import type { Finding } from './verdict.ts';

/** The most problems that a message shows. */
const MOST_SHOWN = 3;
/** The bytes of a gzip that are decompressed and compared. The length in its trailer stands for the rest. */
const COMPARED_BYTES = 1 << 18;
/** The smallest gzip consists of a header and a trailer. */
const SMALLEST_GZIP_BYTES = 18;

/** The result of reading all tables back. */
export interface TablesRead {
  readonly finding: Finding;
  readonly sample: readonly SampledLines[];
  /** The number of records in all tables: counted, or taken from the manifest for tables that are too large to count. */
  readonly records: number;
}

export async function checkReadable<C>(
  judged: Judged<C>,
  tables: readonly ModelTable<C>[],
  files: readonly ModelFile[],
): Promise<TablesRead> {
  const problems: string[] = [];
  const sample: SampledLines[] = [];
  let [records, read] = [0, 0];
  for (const table of tables) {
    const parts = files.filter(({ name }) => table.isPart(name));
    const expected = table.records(judged.counts);
    const headers = table.headers ?? 0;
    const found = await readBack(parts, (isStart) => table.reader(judged, isStart), expected);
    const counted = found.count === undefined ? undefined : Math.max(0, found.count - headers);
    if (parts.length === 0) problems.push(`there is no file with ${table.name}`);
    if (counted !== undefined && expected !== undefined && counted !== expected) {
      problems.push(`the manifest counts ${expected} ${table.name}, and there are ${counted}`);
    }
    problems.push(...found.problems, ...(await gzipProblems(table, parts, files)));
    sample.push({ table: table.name, lines: found.lines });
    records += counted ?? expected ?? found.lines.length;
    read += found.lines.length;
  }
  const more = problems.length > MOST_SHOWN ? `; and ${problems.length - MOST_SHOWN} more` : '';
  const finding: Finding =
    problems.length === 0
      ? { result: 'passed', value: 0, limit: 0, says: `${read} lines were read back and are correct` }
      : { result: 'failed', value: problems.length, limit: 0, says: problems.slice(0, MOST_SHOWN).join('; ') + more };
  return { finding, sample, records };
}

async function gzipProblems(
  { gzipOf }: Pick<ModelTable<unknown>, 'gzipOf'>,
  parts: readonly ModelFile[],
  files: readonly ModelFile[],
): Promise<string[]> {
  if (gzipOf === undefined) return [];
  const problems: string[] = [];
  for (const part of parts) {
    const name = gzipOf(part.name);
    const gzip = files.find((file) => file.name === name);
    if (gzip === undefined) problems.push(`there is no ${name}`);
    else if (!(await isGzipOf(gzip, part))) problems.push(`${name} does not hold the bytes of ${part.name}`);
  }
  return problems;
}

/** Compares the beginning, and the length in the trailer of a gzip of one member (modulo 2^32). */
async function isGzipOf(gzip: ModelFile, plain: ModelFile): Promise<boolean> {
  if (gzip.size < SMALLEST_GZIP_BYTES) return false;
  const trailer = await gzip.read(gzip.size - 4, gzip.size);
  if (new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true) !== plain.size % 2 ** 32) return false;
  const compressed = await gzip.read(0, Math.min(gzip.size, COMPARED_BYTES));
  try {
    const begun = gunzipSync(compressed, { finishFlush: zlib.Z_SYNC_FLUSH });
    return Buffer.from(await plain.read(0, begun.length)).equals(begun);
  } catch (error) {
    // zlib reports bytes that are no gzip by codes such as Z_DATA_ERROR.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return false;
    throw error;
  }
}
