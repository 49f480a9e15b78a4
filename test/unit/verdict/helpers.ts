/** Creates model files in memory for the checks. */
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { ModelFile } from '../../../shared/verdict/model-file.ts';

/** Returns the files of an output from their contents by name. */
export async function filesOf(contents: Readonly<Record<string, string | Uint8Array>>): Promise<ModelFile[]> {
  const store = new MemoryStore('/memory');
  const files: ModelFile[] = [];
  for (const [name, body] of Object.entries(contents)) {
    await store.put(name, body);
    files.push(await ModelFile.published(store, '', name));
  }
  return files;
}
