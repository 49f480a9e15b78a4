/** Models in memory, as runs publish them, for tests of what is asked of a model. */
import { PublishedModel } from '../../shared/evaluation/published-model.ts';
import { SUCCESS } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { type JsonRecord, sealed } from '../../shared/store/sealed.ts';
import type { Store } from '../../shared/store/store.ts';

export const RUN = '0123456789abcdef';

/** Writes a whole output folder. @param files name → text @param manifest what differs from a run of the job `x` of `shop` */
export async function publishFolder(
  store: Store,
  folder: string,
  files: Readonly<Record<string, string>>,
  manifest: JsonRecord = {},
): Promise<void> {
  const named = Object.entries(files).map(([name, text]) => ({ name, size: Buffer.byteLength(text), sha256: '' }));
  for (const [name, text] of Object.entries(files)) await store.put(folder + name, text);
  await store.put(
    folder + SUCCESS,
    sealed({
      run: RUN,
      job: 'x',
      version: 1,
      client: 'shop',
      day: 15_317,
      settings: {},
      counts: {},
      files: named,
      ...manifest,
    }),
  );
}

/** Returns a published model with these files and settings. */
export async function publishedModel(
  files: Readonly<Record<string, string>>,
  settings: JsonRecord,
): Promise<PublishedModel> {
  const store = new MemoryStore('/models');
  await publishFolder(store, 'model/', files, { settings });
  return PublishedModel.open(store, 'model/', RUN);
}
