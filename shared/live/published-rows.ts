/** Reads the records of a published folder as rows of a table. */
import { CorruptInputError } from '../errors.ts';
import type { Manifest } from '../job/manifest.ts';
import type { PublishedRows } from './live-table.ts';

/** The rows of one statement. */
const BATCH_ROWS = 5_000;

/** A folder with the whole output of a run. */
export interface PublishedOutput extends PublishedRows {
  readonly manifest: Manifest;
}

/** The form of the records in the files `part-NNNNN` of an output. */
export interface RecordForm<Row> {
  /** The count of the manifest that tells the number of records: `similarities`. */
  readonly count: string;
  /** Returns the row of a line. */
  readonly rowOf: (line: string) => Row;
}

/** Reads the rows of all parts, in batches. @throws CorruptInputError when their number is not that of the manifest */
export async function* batchesOf<Row>(
  { store, folder, manifest }: PublishedOutput,
  { count, rowOf }: RecordForm<Row>,
): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  let rows = 0;
  for (const { name } of manifest.files) {
    if (!name.startsWith('part-')) continue;
    for await (const line of linesOf(store.stream(folder + name))) {
      batch.push(rowOf(line));
      rows++;
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  if (rows === manifest.counts[count]) return;
  throw new CorruptInputError(
    `${folder} holds ${rows} ${count} and its _SUCCESS says ${manifest.counts[count]}: remove _SUCCESS and run again`,
  );
}

/** Splits the text that a job wrote into lines: they are short, and each ends with a newline. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}
