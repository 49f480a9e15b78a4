/**
 * The roots of a search: one for each rung and one for the judgement on the second hold-out, below the folder of the search.
 *
 *   .work/tune/<client>/search-<id>/search.json
 *   .work/tune/<client>/search-<id>/rung-1/<client>/actions/<day>/   the actions of the rung's users
 *   .work/tune/<client>/search-<id>/rung-1/<client>/models/…         models of trials
 *   .work/tune/<client>/search-<id>/final/…
 */
import type { AnyJob } from '../job/job.ts';
import type { OpenStore } from '../job/run.ts';
import { jobWorkFolder, modelsFolder } from '../store/keys.ts';
import { childLocation, formatLocation, parseLocation } from '../store/location.ts';
import type { Store } from '../store/store.ts';

export class RungRoots {
  readonly #root: string;
  readonly #folder: string;
  readonly #openStore: OpenStore;

  /** @param root the output root @param folder of the search */
  constructor(root: string, folder: string, openStore: OpenStore) {
    this.#root = root;
    this.#folder = folder;
    this.#openStore = openStore;
  }

  /** The location of a rung's root. @param rung from 0; `final` for the second hold-out */
  locationOf(rung: number | 'final'): string {
    const name = rung === 'final' ? rung : `rung-${rung + 1}`;
    return formatLocation(childLocation(parseLocation(this.#root), `${this.#folder}${name}`));
  }

  storeOf(rung: number | 'final'): Promise<Store> {
    return this.#openStore(this.locationOf(rung));
  }

  /** Removes the models of a rung's trials, which were judged. The sample, and what other jobs wrote, stays. */
  async removeTrials(rung: number, client: string, jobs: readonly AnyJob[]): Promise<void> {
    const store = await this.storeOf(rung);
    for (const { name, writes, activates } of jobs) {
      await removeBelow(store, `${client}/${writes}/`);
      await removeBelow(store, modelsFolder(client, activates ?? name));
      await removeBelow(store, jobWorkFolder(name, client));
    }
  }

  /** Removes everything but the state of the search. */
  async removeAll(rungs: number): Promise<void> {
    for (let rung = 0; rung < rungs; rung++) await removeBelow(await this.storeOf(rung), '');
    await removeBelow(await this.storeOf('final'), '');
  }
}

async function removeBelow(store: Store, prefix: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  for (const key of keys) await store.delete(key);
}
