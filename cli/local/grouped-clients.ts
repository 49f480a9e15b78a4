/** Finds the clients of a day that has been grouped. */
import { groupActions } from '../../functions/group-actions/job.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import { mainFolder } from '../../shared/job/output-places.ts';
import { isRecord } from '../../shared/json.ts';
import type { Store } from '../../shared/store/store.ts';

/**
 * Returns the clients with an action on a day, by the manifest of its grouping, in the order of their names; undefined when the
 * day has not been grouped.
 */
export async function clientsOfDay(output: Store, day: number): Promise<readonly string[] | undefined> {
  const manifest = await wholeManifest(output, mainFolder(groupActions, undefined, day));
  if (manifest === undefined) return undefined;
  const { clients } = manifest.counts;
  if (!isRecord(clients)) return [];
  return Object.entries(clients)
    .flatMap(([name, counts]) => (isRecord(counts) && Number(counts.written) > 0 ? [name] : []))
    .sort();
}
