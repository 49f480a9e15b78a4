/**
 * The outcomes of clients' days. A record belongs to a client and to the day's logs (the run). When a later attempt of the
 * same run does not take a client, the client's earlier record stays valid.
 */
import { atMost } from '../../shared/at-most.ts';
import { blocksModel, isWorthAnotherRun } from '../../shared/errors.ts';
import type { JobOutcome } from '../../shared/job/daily-machine.ts';
import { readFrom } from '../../shared/job/day-order.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { Store } from '../../shared/store/store.ts';
import { attemptFolder, type ClientOutcome, type DayExecution, readJson } from './day-records.ts';

/**
 * `done`: every job is done or off. `kept`: every job ended well, but a model was kept from going live, by a verdict or because
 * a newer model is live. `failed`: all other cases.
 */
export type RecordKind = 'done' | 'kept' | 'failed';
const KINDS: readonly RecordKind[] = ['done', 'kept', 'failed'];

/**
 * Returns a line for each job whose model was published although its verdict warned. The lines are stored beside the client's
 * record, so that a summary need not read the records of all clients.
 */
export const warnedOf = ({ jobs, client }: ClientOutcome): string[] =>
  Object.entries(jobs).flatMap(([job, outcome]) =>
    'verdict' in outcome && outcome.verdict === 'warned' ? [`${job}, client ${client}: its verdict warned`] : [],
  );

export const warnedKey = (execution: Omit<DayExecution, 'day'>, client: string): string =>
  `${attemptFolder(execution)}warned/${client}.json`;

/** Returns the lines of each client's newest record, in the order of the clients' names. */
export async function readWarned(output: Store, execution: DayExecution): Promise<string[]> {
  const { run } = execution;
  const records = await recordsOf(output, execution);
  const clients: string[] = [];
  for (let attempt = execution.attempt; attempt >= 1; attempt--) {
    const folder = `${attemptFolder({ run, attempt })}warned/`;
    for await (const { key } of output.list(folder)) {
      const client = key.slice(folder.length, -'.json'.length);
      if (records.get(client)?.attempt === attempt) clients.push(client);
    }
  }
  const lines = await atMost(READERS, clients.sort(), async (client) => {
    const attempt = records.get(client)?.attempt as number;
    return (await readJson<readonly string[]>(output, warnedKey({ run, attempt }, client)))?.value ?? [];
  });
  return lines.flat();
}

/** Records read at once. */
const READERS = 32;

export const outcomeKey = (execution: Omit<DayExecution, 'day'>, kind: RecordKind, client: string): string =>
  `${attemptFolder(execution)}${kind}/${client}.json`;

/** Returns the outcome of a job whose machine has ended, which says if its model went live or was kept from it. */
function outcomeOf(outcome: JobOutcome): JobOutcome {
  if (outcome.outcome === 'failed' && blocksModel(outcome.error.name))
    return { outcome: 'blocked', error: outcome.error };
  if (outcome.outcome !== 'done') return outcome;
  const { run, end } = outcome;
  const ref = end?.run?.ref;
  const found = ref?.done ? ref.notActivated : (end?.activated?.ref.notActivated ?? end?.followed?.ref.notActivated);
  const verdict = end?.verdict?.ref.verdict === 'warned' ? ({ verdict: 'warned' } as const) : {};
  return found ? { outcome: 'notActivated', run, why: found, ...verdict } : { outcome: 'done', run, ...verdict };
}

/** Returns the outcomes of a client's jobs. A job that was skipped because a model was blocked is no failure. */
export function outcomesOf(
  found: Readonly<Record<string, JobOutcome>>,
  jobs: readonly AnyJob[],
): Record<string, JobOutcome> {
  const outcomes = Object.fromEntries(Object.entries(found).map(([job, outcome]) => [job, outcomeOf(outcome)]));
  for (const job of jobs) {
    const own = outcomes[job.name];
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
  outcome.outcome === 'failed' || (outcome.outcome === 'skipped' && !blocksModel(outcome.error.name));

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

/** The facts that the key of a client's record holds. */
export interface FoundRecord {
  readonly kind: RecordKind;
  readonly attempt: number;
}

/**
 * Returns the newest record of each client of a run, from the keys of the objects alone. For a client that the last attempt
 * takes, only a record of that attempt counts: if the attempt ended before it wrote one, the client has none.
 */
export async function recordsOf(
  output: Store,
  execution: Omit<DayExecution, 'day'>,
): Promise<Map<string, FoundRecord>> {
  const { run, attempt } = execution;
  const taken = new Set((await readJson<readonly string[]>(output, `${attemptFolder(execution)}clients.json`))?.value);
  const found = new Map<string, FoundRecord>();
  for (let at = attempt; at >= 1; at--) {
    for (const kind of KINDS) {
      const folder = `${attemptFolder({ run, attempt: at })}${kind}/`;
      for await (const { key } of output.list(folder)) {
        const client = key.slice(folder.length, -'.json'.length);
        if (found.has(client) || (at < attempt && taken.has(client))) continue;
        found.set(client, { kind, attempt: at });
      }
    }
  }
  return found;
}

/** The clients whose newest record is of this kind. */
export async function recordedClients(output: Store, execution: DayExecution, kind: RecordKind): Promise<string[]> {
  const all = await recordsOf(output, execution);
  return [...all].flatMap(([client, found]) => (found.kind === kind ? [client] : []));
}

/** Returns how the days of these clients ended, in the order of their names; at most `limit` of them. */
export async function readOutcomes(
  output: Store,
  execution: DayExecution,
  kind: RecordKind,
  limit = Number.POSITIVE_INFINITY,
): Promise<ClientOutcome[]> {
  const all = await recordsOf(output, execution);
  const chosen = [...all].filter(([, found]) => found.kind === kind).sort(([a], [b]) => (a < b ? -1 : 1));
  return readRecords(output, execution.run, chosen.slice(0, limit));
}

const readRecords = (
  output: Store,
  run: string,
  records: readonly (readonly [client: string, found: FoundRecord])[],
): Promise<ClientOutcome[]> =>
  atMost(READERS, records, async ([client, { kind, attempt }]) => {
    const outcome = await readJson<ClientOutcome>(output, outcomeKey({ run, attempt }, kind, client));
    return outcome?.value ?? { client, jobs: {} };
  });

/** Returns the clients that a new attempt takes: their record is missing, or they failed with an error that may pass. */
export async function openClients(
  output: Store,
  last: Omit<DayExecution, 'day'>,
  clients: readonly string[],
): Promise<string[]> {
  const records = await recordsOf(output, last);
  const failed = clients.flatMap((client) => {
    const found = records.get(client);
    return found?.kind === 'failed' ? [[client, found] as const] : [];
  });
  const outcomes = await readRecords(output, last.run, failed);
  const hopeless = new Set(outcomes.filter((outcome) => !mayComeOutBetter(outcome)).map(({ client }) => client));
  return clients.filter((client) => {
    const kind = records.get(client)?.kind;
    return kind === undefined || (kind === 'failed' && !hopeless.has(client));
  });
}
