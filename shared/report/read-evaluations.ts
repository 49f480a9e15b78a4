/** Reads how good the models were: the evaluations of the days, and the standing of each scorer over the last of them. */
import { atMost } from '../at-most.ts';
import { evaluatedDays, sumsOfDays } from '../evaluation/evaluated-days.ts';
import { type MetricsDocument, readMetrics } from '../evaluation/metrics-document.ts';
import { STANDING_DAYS, type Standing, standingOf } from '../evaluation/pooled.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import type { Store } from '../store/store.ts';

export interface Evaluations {
  /** The evaluations of the days, ascending. */
  readonly days: readonly MetricsDocument[];
  /** Scorer → its standing at the last evaluated day. Baselines have none. */
  readonly standings: ReadonlyMap<string, Standing>;
}

const READERS = 8;

/** Both ends of the days are inclusive. */
export async function readEvaluations(
  store: Store,
  client: string,
  { from, to }: { readonly from: number; readonly to: number },
  warn: Warn,
): Promise<Evaluations> {
  const all = await evaluatedDays(store, client, to);
  const asked = all.filter((day) => day >= from).reverse();
  const read = (day: number) => unlessDamaged(() => readMetrics(store, client, day), undefined, warn);
  const days = (await atMost(READERS, asked, read)).filter((document) => document !== undefined);
  const standings = new Map<string, Standing>();
  for (const { name, job } of days.at(-1)?.scorers ?? []) {
    if (job === null) continue;
    const standing = standingOf(await sumsOfDays(store, client, name, all, STANDING_DAYS, warn));
    if (standing !== undefined) standings.set(name, standing);
  }
  return { days, standings };
}
