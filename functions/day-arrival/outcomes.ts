/**
 * The outcomes of clients' days. A record belongs to a client and to the day's logs (the run). When a later attempt of the
 * same run does not take a client, the client's earlier record stays valid.
 */
import { atMost } from '../../shared/at-most.ts';
import { blocksModel, isWorthAnotherRun } from '../../shared/errors.ts';
import { readFrom } from '../../shared/job/day-order.ts';
import type { JobOutcome } from '../../shared/job/day-outcome.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { putAbsent } from '../../shared/store/put-absent.ts';
import { sealed } from '../../shared/store/sealed.ts';
import type { Store } from '../../shared/store/store.ts';
import { standingsOf } from './day-quality.ts';
import { attemptFolder, type ClientOutcome, type DayExecution, readJson } from './day-records.ts';

/**
 * `done`: every job is done or off, or failed aside. `kept`: every other job ended well, but a model was kept from going live, by a
 * verdict or because a newer model is live. `failed`: all other cases.
 */
export type RecordKind = 'done' | 'kept' | 'failed';

/** Returns a line for each job whose model was published although its verdict warned. */
export const warnedOf = ({ jobs, client }: ClientOutcome): string[] =>
  Object.entries(jobs).flatMap(([job, outcome]) =>
    'verdict' in outcome && outcome.verdict === 'warned' ? [`${job}, client ${client}: its verdict warned`] : [],
  );

/** Returns a line for each job that failed while the day is done without it. */
export const failedAsideOf = ({ jobs }: ClientOutcome): string[] =>
  Object.values(jobs).flatMap((outcome) =>
    'isAside' in outcome
      ? [`the models were made without a job that failed: ${outcome.error.name}: ${outcome.error.message}`]
      : [],
  );

/** Records read at once. */
const READERS = 32;

const endedFolder = (execution: Omit<DayExecution, 'day'>): string => `${attemptFolder(execution)}ended/`;
const notedFolder = (execution: Omit<DayExecution, 'day'>): string => `${attemptFolder(execution)}noted/`;

/** Returns the key of the only record that an attempt has of a client. */
export const outcomeKey = (execution: Omit<DayExecution, 'day'>, client: string): string =>
  `${endedFolder(execution)}${client}.json`;

/**
 * Writes a client's record, unless the attempt has one already: the first record counts. An attempt of the function that was
 * given up, and that ends after another one, therefore changes nothing.
 *
 * A client whose record holds more than jobs that are done, and models that stand where they stood, is noted first. A note alone means nothing, and a reader who finds
 * a record without a note knows what it holds.
 */
export async function writeOutcome(output: Store, execution: DayExecution, outcome: ClientOutcome): Promise<void> {
  const { client } = outcome;
  const lines = [...warnedOf(outcome), ...failedAsideOf(outcome), ...standingsOf(outcome)];
  const isPlain = kindOf(outcome) === 'done' && lines.length === 0;
  if (!isPlain) await output.put(`${notedFolder(execution)}${client}.json`, '');
  await putAbsent(output, outcomeKey(execution, client), sealed(outcome));
}

/** Returns the outcome of a job whose machine has ended, which says if its model went live or was kept from it. */
function outcomeOf(outcome: JobOutcome): JobOutcome {
  if (outcome.outcome === 'failed' && blocksModel(outcome.error.name))
    return { outcome: 'blocked', error: outcome.error };
  if (outcome.outcome !== 'done') return outcome;
  const { run, end } = outcome;
  const ref = end?.run?.ref;
  const found = ref?.done ? ref.notActivated : (end?.activated?.ref.notActivated ?? end?.followed?.ref.notActivated);
  const judged = end?.verdict?.ref.verdict ?? end?.fold?.ref.verdict;
  const verdict = judged === 'warned' ? ({ verdict: 'warned' } as const) : {};
  return found ? { outcome: 'notActivated', run, why: found, ...verdict } : { outcome: 'done', run, ...verdict };
}

/**
 * Returns the outcomes of a client's jobs. A job that was skipped because a model was blocked is not a failure. A job that
 * accompanies others fails aside: their models are made without it.
 */
export function outcomesOf(
  found: Readonly<Record<string, JobOutcome>>,
  jobs: readonly AnyJob[],
): Record<string, JobOutcome> {
  const outcomes = Object.fromEntries(Object.entries(found).map(([job, outcome]) => [job, outcomeOf(outcome)]));
  for (const job of jobs) {
    const own = outcomes[job.name];
    if (own?.outcome === 'failed' && job.accompanies !== undefined) outcomes[job.name] = { ...own, isAside: true };
    if (own?.outcome !== 'skipped') continue;
    const missing = readFrom(job, jobs)
      .map(({ name }) => outcomes[name])
      .filter(
        (source) => source?.outcome !== 'done' && source?.outcome !== 'notActivated' && source?.outcome !== 'off',
      );
    const isKept = missing.length > 0 && missing.every((source) => source !== undefined && !isFailure(source));
    if (isKept) outcomes[job.name] = { outcome: 'skipped', error: { ...own.error, name: 'BlockedModelError' } };
  }
  return outcomes;
}

/** True when an outcome makes the day fail. */
export const isFailure = (outcome: JobOutcome): boolean =>
  (outcome.outcome === 'failed' && outcome.isAside !== true) ||
  (outcome.outcome === 'skipped' && !blocksModel(outcome.error.name));

const isKept = ({ outcome }: JobOutcome): boolean => outcome === 'blocked' || outcome === 'notActivated';

export function kindOf({ jobs, error }: ClientOutcome): RecordKind {
  const outcomes = Object.values(jobs);
  if (error !== undefined || outcomes.some(isFailure)) return 'failed';
  return outcomes.some(isKept) ? 'kept' : 'done';
}

/** True when a client's day may end better if it is started again without a change. */
const mayComeOutBetter = ({ jobs, error }: ClientOutcome): boolean =>
  (error !== undefined && isWorthAnotherRun(error.name)) ||
  Object.values(jobs).some((outcome) => outcome.outcome === 'failed' && isWorthAnotherRun(outcome.error.name));

/** A client's newest record. */
export interface FoundRecord {
  readonly attempt: number;
  readonly kind: RecordKind;
  /** Undefined for a client that was not noted. `readOutcome` reads it. */
  readonly outcome?: ClientOutcome;
}

/**
 * Returns the newest record of each client of a run. Only the records of noted clients are read. For a client that the last
 * attempt takes, only a record of that attempt counts: if the attempt ended before it wrote one, the client has none.
 */
export async function recordsOf(
  output: Store,
  execution: Omit<DayExecution, 'day'>,
): Promise<Map<string, FoundRecord>> {
  const { run, attempt } = execution;
  const taken = new Set((await readJson<readonly string[]>(output, `${attemptFolder(execution)}clients.json`))?.value);
  const found = new Map<string, { attempt: number; isNoted: boolean }>();
  for (let at = attempt; at >= 1; at--) {
    const noted = new Set(await namesIn(output, notedFolder({ run, attempt: at })));
    for (const client of await namesIn(output, endedFolder({ run, attempt: at }))) {
      if (found.has(client) || (at < attempt && taken.has(client))) continue;
      found.set(client, { attempt: at, isNoted: noted.has(client) });
    }
  }
  const records = await atMost(READERS, [...found], async ([client, { attempt: at, isNoted }]) => {
    if (!isNoted) return [client, { attempt: at, kind: 'done' }] as const;
    const outcome = await readOutcome(output, { run, attempt: at }, client);
    return [client, { attempt: at, kind: kindOf(outcome), outcome }] as const;
  });
  return new Map<string, FoundRecord>(records);
}

/** Returns the clients with a record of this attempt. */
export const endedClients = (output: Store, execution: Omit<DayExecution, 'day'>): Promise<string[]> =>
  namesIn(output, endedFolder(execution));

async function namesIn(output: Store, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of output.list(folder)) names.push(key.slice(folder.length, -'.json'.length));
  return names;
}

async function readOutcome(
  output: Store,
  execution: Omit<DayExecution, 'day'>,
  client: string,
): Promise<ClientOutcome> {
  const outcome = await readJson<ClientOutcome>(output, outcomeKey(execution, client));
  return outcome?.value ?? { client, jobs: {} };
}

/** Returns the outcomes of the clients whose records are of this kind, in the order of their names; at most `limit` of them. */
export async function outcomesAmong(
  output: Store,
  { run }: DayExecution,
  records: ReadonlyMap<string, FoundRecord>,
  kind: RecordKind,
  limit = Number.POSITIVE_INFINITY,
): Promise<ClientOutcome[]> {
  const chosen = [...records].filter(([, found]) => found.kind === kind).sort(([a], [b]) => (a < b ? -1 : 1));
  return atMost(
    READERS,
    chosen.slice(0, limit),
    async ([client, { attempt, outcome }]) => outcome ?? readOutcome(output, { run, attempt }, client),
  );
}

/** Returns the clients that a new attempt takes: their record is missing, or they failed with an error that may pass. */
export async function openClients(
  output: Store,
  last: Omit<DayExecution, 'day'>,
  clients: readonly string[],
): Promise<string[]> {
  const records = await recordsOf(output, last);
  return clients.filter((client) => {
    const record = records.get(client);
    return record === undefined || (record.outcome !== undefined && mayComeOutBetter(record.outcome));
  });
}
