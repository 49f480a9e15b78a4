/**
 * Distinguishes a wrong model from damaged storage: it compares the bytes of an output with the hashes from the time of their
 * writing. It reads all bytes, so it is used only when a check is about to fail.
 */

import { DamagedObjectError } from '../errors.ts';
import { streamVerified } from '../job/hashed-objects.ts';
import type { OutputFile, Run } from '../job/job.ts';
import type { Manifest } from '../job/manifest.ts';
import { hashOfAll } from '../store/body.ts';
import type { Store } from '../store/store.ts';

/** @throws DamagedObjectError that names the object. The object is removed, so the next run computes it anew */
export async function verifyStaged({ work }: Run, files: readonly OutputFile[]): Promise<void> {
  for (const { pieces } of files) {
    for (const { key, start, read } of pieces) {
      if (read !== undefined) await drain(read());
      // A range is a part of an object that is a whole piece of another file.
      else if (start === undefined) await drain(streamVerified(work, key));
    }
  }
}

/** @throws DamagedObjectError that names the file */
export async function verifyPublished(store: Store, folder: string, { files }: Manifest): Promise<void> {
  for (const { name, sha256 } of files) {
    if ((await hashOfAll(store.stream(folder + name, { transient: true }))).sha256 === sha256) continue;
    throw new DamagedObjectError(
      `${store.root}/${folder}${name} is damaged: its content is not what its _SUCCESS says. Remove the folder's _SUCCESS, and run the job again`,
    );
  }
}

/** Reads everything, because a stream checks its hash at its end. */
async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
