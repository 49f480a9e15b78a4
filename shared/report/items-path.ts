/** Finds the catalogue that a client's jobs read, because it may have the names of the items. */
import { configNode } from '../activation/nodes.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import type { AnyJob } from '../job/job.ts';
import { isRecord, parseJson } from '../json.ts';

/** Returns the first `itemsPath` in the client's nodes, in the order of the jobs; undefined when no node has one. */
export async function itemsPathOf(
  root: ConfigRoot,
  client: string,
  jobs: readonly AnyJob[],
): Promise<string | undefined> {
  for (const job of jobs) {
    if (!('itemsPath' in job.settings.shape)) continue;
    const node = await root.read(configNode(client, job.name));
    const settings = node && parseJson(node.data);
    if (isRecord(settings) && typeof settings.itemsPath === 'string' && settings.itemsPath !== '') {
      return settings.itemsPath;
    }
  }
  return undefined;
}
