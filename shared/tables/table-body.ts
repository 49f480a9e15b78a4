/** Makes the file of a table while its rows come, for stores and steps that read what they write. */
import type { Batch, Sink, TableWriter } from './table.ts';

/**
 * Returns the bytes of a file.
 *
 * @param open makes the writer of the format: `(sink) => new ParquetTable(table, sink)`
 * @throws RangeError for a value that a column cannot hold, and what `batches` throws
 */
export async function* tableBody(
  open: (sink: Sink) => TableWriter,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
): AsyncIterable<Uint8Array> {
  let pending: Uint8Array[] = [];
  const taken = (): Uint8Array[] => {
    const chunks = pending.filter(({ byteLength }) => byteLength > 0);
    pending = [];
    return chunks;
  };
  const writer = open((bytes) => {
    pending.push(bytes);
  });
  for await (const batch of batches) {
    await writer.write(batch);
    yield* taken();
  }
  await writer.finish();
  yield* taken();
}
