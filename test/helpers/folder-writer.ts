/**
 * A process that writes to a folder store, for tests that kill it or run several at once. It is started with
 * `folder-writer.ts <task> <folder> <number>`. The tasks are:
 *
 *   objects      creates, replaces, removes and streams objects without end; each object holds its key 20,000 times
 *   few-objects  does the same nine times and ends
 *   add          adds 1 to the object `shared/number` <number> times, each time on condition that it did not change
 */
import { PreconditionFailedError } from '../../shared/errors.ts';
import { FileStore } from '../../shared/store/file-store.ts';

const [, , task, folder, number] = process.argv;
const store = new FileStore(folder as string);

async function* inPieces(text: string): AsyncIterable<Uint8Array> {
  for (let start = 0; start < text.length; start += 10_000) yield Buffer.from(text.slice(start, start + 10_000));
}

async function writeObjects(count: number): Promise<void> {
  process.stdout.write('begun\n');
  for (let index = 0; index < count; index++) {
    const key = `${index % 3}/object-${number}-${index % 50}`;
    const text = key.repeat(20_000);
    await store.put(key, index % 2 === 0 ? text : inPieces(text));
    const etag = (await store.head(key))?.etag as string;
    if (index % 5 === 0) await store.delete(key, { ifMatch: etag });
    else if (index % 5 === 1) await store.put(key, text, { ifMatch: etag });
  }
}

async function addOne(): Promise<void> {
  for (;;) {
    const now = await store.head('shared/number');
    const value = now ? Number(new TextDecoder().decode((await store.get('shared/number')).bytes)) : 0;
    try {
      // The object is long, so computing its ETag takes time in which another process would write if there were no lock.
      await store.put(
        'shared/number',
        `${value + 1}`.padStart(500_000),
        now ? { ifMatch: now.etag } : { absent: true },
      );
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}

if (task === 'objects') await writeObjects(Number.POSITIVE_INFINITY);
if (task === 'few-objects') await writeObjects(9);
if (task === 'add') for (let count = 0; count < Number(number); count++) await addOne();
