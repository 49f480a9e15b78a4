/** Reads the similarities of a published folder as rows of the table. */
import { CorruptInputError } from '../../shared/errors.ts';
import type { Manifest } from '../../shared/job/manifest.ts';
import type { Store } from '../../shared/store/store.ts';
import type { SimilarityRow } from './similarity-table.ts';

/** The rows of one statement. */
const BATCH_ROWS = 5_000;

/** Reads the rows of all parts, in batches. @throws CorruptInputError when their number is not that of the manifest */
export async function* batchesOf(store: Store, folder: string, manifest: Manifest): AsyncGenerator<SimilarityRow[]> {
  let batch: SimilarityRow[] = [];
  let rows = 0;
  for (const { name } of manifest.files) {
    if (!name.startsWith('part-')) continue;
    for await (const line of linesOf(store.stream(folder + name))) {
      const { item1, item2, sim } = JSON.parse(line) as { item1: number; item2: number; sim: number };
      batch.push([item1, item2, sim]);
      rows++;
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  if (rows === manifest.counts.similarities) return;
  throw new CorruptInputError(
    `${folder} holds ${rows} similarities and its _SUCCESS says ${manifest.counts.similarities}: remove _SUCCESS and run again`,
  );
}

/** Splits the text that `format` wrote into lines: they are short, and each ends with a newline. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}
