/** The report of a client's days: read from an output root, and written into it for those who look for it there. */
import type { OpenStore } from '../job/run.ts';
import { reportKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { type FactsRequest, readFacts } from './facts.ts';
import { reportPage } from './page.ts';

/** The days of a report when nobody names the first one: four weeks. */
const DAYS = 28;

export const firstDayOf = (to: number): number => Math.max(0, to - DAYS + 1);

/** Returns the page. */
export const makeReport = async (store: Store, request: FactsRequest, openStore: OpenStore): Promise<string> =>
  reportPage(await readFacts(store, request, openStore));

/** Makes the report of a day and writes it to its place in the output root. Returns its key. */
export async function writeReport(
  store: Store,
  { client, day, ...request }: Omit<FactsRequest, 'from' | 'to' | 'withExamples'> & { readonly day: number },
  openStore: OpenStore,
): Promise<string> {
  const page = await makeReport(
    store,
    { ...request, client, from: firstDayOf(day), to: day, withExamples: true },
    openStore,
  );
  const key = reportKey(client, day);
  await store.put(key, page);
  return key;
}
