/** The metrics of a day that was summed up: what went well, what failed, which models were kept from going live and for how long. */
import { atMost } from '../../shared/at-most.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { Measure } from '../../shared/job/alarm-metrics.ts';
import type { JobOutcome } from '../../shared/job/day-outcome.ts';
import type { Log } from '../../shared/job/job.ts';
import { type AnyJob, modelsNodeOf } from '../../shared/job/job.ts';
import { unlessDamaged } from '../../shared/live/documents.ts';
import { readChanges } from '../../shared/live/history.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import type { Store } from '../../shared/store/store.ts';
import { blockedRuns, readVerdicts } from '../../shared/verdict/verdict-history.ts';
import type { DayCounts } from './daily.ts';
import type { ClientOutcome, DayExecution } from './day-records.ts';
import { recordsOf } from './outcomes.ts';

export interface DayMeasures {
  readonly output: Store;
  readonly jobs: readonly AnyJob[];
  readonly staleDays: number;
  readonly now: () => Date;
  readonly log: Log;
  readonly measure: Measure;
}

/** A model that a day kept from going live. */
interface KeptModel {
  readonly client: string;
  readonly job: string;
  readonly isBlocked: boolean;
}

/** Histories read at once. */
const READERS = 32;

/** Emits the metrics of a day. @param counts as the day's summary has them */
export async function measureDay(
  execution: DayExecution,
  counts: Pick<DayCounts, 'clients' | 'failed' | 'kept' | 'failedAside'>,
  measures: DayMeasures,
): Promise<void> {
  const { output, measure, log } = measures;
  measure('clientDaysDone', counts.clients - counts.failed);
  if (counts.failed === 0 && counts.kept === 0 && counts.failedAside === 0) return;
  const records = await recordsOf(output, execution);
  // A job that failed aside counts, whatever became of the client's other jobs. Clients with plain records have no failure.
  const noted = [...records.values()].flatMap(({ outcome }) => outcome ?? []);
  for (const [job, count] of failuresByJob(noted)) measure('jobsFailed', count, job);
  if (counts.kept === 0) return;
  measure('modelsKept', counts.kept);
  const kept = noted.flatMap(keptModels);
  const stale = (await atMost(READERS, kept, (model) => staleInWords(execution.day, model, measures))).flat();
  for (const line of stale) log('warn', line, { day: execution.day });
  if (stale.length > 0) measure('modelsStale', stale.length);
}

function failuresByJob(outcomes: readonly ClientOutcome[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { jobs } of outcomes) {
    for (const [job, { outcome }] of Object.entries(jobs)) {
      if (outcome === 'failed') counts.set(job, (counts.get(job) ?? 0) + 1);
    }
  }
  return counts;
}

const keptModels = ({ client, jobs }: ClientOutcome): KeptModel[] =>
  Object.entries(jobs).flatMap(([job, { outcome }]: [string, JobOutcome]) =>
    outcome === 'blocked' || outcome === 'notActivated' ? [{ client, job, isBlocked: outcome === 'blocked' }] : [],
  );

/**
 * Returns a line for a model that has stayed blocked or held for too long, no line for another one.
 *
 * A held model has been so since the first of its last changes that left it held. A blocked model has been so since the last
 * change of what is live; if nothing was ever live, since the first of the blocked runs in a row. The changes of all
 * configuration roots count, because functions know only their own.
 */
async function staleInWords(
  day: number,
  { client, job, isBlocked }: KeptModel,
  { output, jobs, staleDays, now, log }: DayMeasures,
): Promise<string[]> {
  const declared = jobs.find(({ name }) => name === job);
  const node = declared === undefined ? undefined : modelsNodeOf(declared);
  if (node === undefined) return [];
  const warn = (words: string) => log('warn', words, { job, client });
  const changes = await unlessDamaged(() => readChanges(output, client, node), [], warn);
  const last = changes.at(-1);
  const isStale = (since: string): boolean => now().getTime() - Date.parse(since) >= staleDays * MS_PER_DAY;
  const line = (what: string): string[] => [`${job}, client ${client}: its model has been ${what}`];
  if (last?.held === true) {
    const { when } = changes[changes.findLastIndex(({ held }) => !held) + 1]!;
    return isStale(when) ? line(`held since ${when}`) : [];
  }
  if (!isBlocked) return [];
  if (last !== undefined)
    return isStale(last.when) ? line(`blocked, and the live one is unchanged since ${last.when}`) : [];
  const [first] = blockedRuns(await unlessDamaged(() => readVerdicts(output, client, node), [], warn));
  return first !== undefined && day - first.day >= staleDays
    ? line(`blocked since the run of ${dayInWords(first.day)}, and no model was ever live`)
    : [];
}
