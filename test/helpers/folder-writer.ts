/**
 * A process that writes to a folder store, for tests that kill it or race it: `folder-writer.ts <what> <folder> <number>`.
 *
 *   objects      without end: new objects, replaced objects, removed objects, streams; each holds its key 20,000 times
 *   few-objects  the same, but a few and then done
 *   add          adds 1 to `shared/number`, <number> times, by ifMatch
 */
import { PreconditionFailedError } from '../../shared/errors.ts';
import { FileStore } from '../../shared/store/file-store.ts';

const [, , what, folder, number] = process.argv;
const store = new FileStore(folder as string);

async function* inPieces(text: string): AsyncIterable<Uint8Array> {
  for (let at = 0; at < text.length; at += 10_000) yield Buffer.from(text.slice(at, at + 10_000));
}

async function writeObjects(count: number): Promise<void> {
  process.stdout.write('begun\n');
  for (let at = 0; at < count; at++) {
    const key = `${at % 3}/object-${number}-${at % 50}`;
    const text = key.repeat(20_000);
    await store.put(key, at % 2 === 0 ? text : inPieces(text));
    const etag = (await store.head(key))?.etag as string;
    if (at % 5 === 0) await store.delete(key, { ifMatch: etag });
    else if (at % 5 === 1) await store.put(key, text, { ifMatch: etag });
  }
}

async function addOne(): Promise<void> {
  for (;;) {
    const now = await store.head('shared/number');
    const value = now ? Number(new TextDecoder().decode((await store.get('shared/number')).bytes)) : 0;
    try {
      // Long, so that checking its ETag takes a while: without a lock others would come in between.
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

if (what === 'objects') await writeObjects(Number.POSITIVE_INFINITY);
if (what === 'few-objects') await writeObjects(9);
if (what === 'add') for (let at = 0; at < Number(number); at++) await addOne();
