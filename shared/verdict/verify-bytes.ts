/**
 * Tells a model that is wrong from storage that is: the bytes of an output are compared with the hashes that were taken when
 * they were written. This reads all of them, so it is done only where a check is about to fail.
 */
import { DamagedObjectError } from '../errors.ts';
import type { OutputFile, Run } from '../job/job.ts';
import type { Manifest } from '../job/manifest.ts';
import { hashOfAll } from '../store/body.ts';
import type { Store } from '../store/store.ts';

/** @throws DamagedObjectError naming the object, which is removed, so that the next run computes it anew */
export async function verifyStaged({ work }: Run, files: readonly OutputFile[]): Promise<void> {
  for (const { pieces } of files) {
    for (const { key, start, read } of pieces) {
      if (read !== undefined) await drain(read());
      // A range is a part of an object that stands whole in another file.
      else if (start === undefined) await drain(work.streamVerified(key));
    }
  }
}

/** @throws DamagedObjectError naming the file */
export async function verifyPublished(store: Store, folder: string, { files }: Manifest): Promise<void> {
  for (const { name, sha256 } of files) {
    if ((await hashOfAll(store.stream(folder + name, { transient: true }))).sha256 === sha256) continue;
    throw new DamagedObjectError(
      `${store.root}/${folder}${name} is damaged: its content is not what its _SUCCESS says. Remove the folder's _SUCCESS, and run the job again`,
    );
  }
}

/** Readers check at the end of what they read. */
async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
