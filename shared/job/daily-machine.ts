/**
 * The state machine of a day. It is derived from the job folders that jobs read and write.
 *
 *   group-actions ─► Clients ─► Client days ─┬─ Folded days (Map, one execution a client) ─────┬─► Any folded? ─► Rest
 *                                            └─ Fanned-out days (Map, one execution a client) ─┘
 *   Rest ─► Any left? ─► Client days, or Summary ─► Day whole? ─► Day failed
 *
 * `Clients` writes two lists: the clients whose day is expected to fold (`folded-client-day.ts`), and the others
 * (`client-day.ts`). Each list has its own limit of clients at once. `Rest` lists the clients of the first list whose day was
 * not folded, and they are fanned out.
 *
 * A client's execution always succeeds, and records its failures. The summary fails the day at its end, when all clients and
 * jobs have run. The input of the machine is `{ day, run, attempt, requestedAt }`. The machines of the jobs run as nested
 * executions without given names. `${machine:<job>}` stands for the ARN of a job's machine, and `${name}` for the ARN of a
 * function of `functions/day-arrival`.
 */
import { clientDay } from './client-day.ts';
import { call, catchTo, DAY, keep, nested } from './day-tasks.ts';
import { foldedClientDay } from './folded-client-day.ts';
import type { AnyJob } from './job.ts';
import { LIST_RETRY } from './retries.ts';
import type { State, StateMachine, States } from './state-machine.ts';

/**
 * One client's trouble must not stop the others. A client's machine catches all errors, but some end it uncaught: a history that
 * is too long, or a person who stops it. By default one such client ends the whole Map. A day has fewer clients than this. It is
 * no percentage, because some emulators refuse a whole number there.
 */
const TOLERATED_FAILURES = 1_000_000;

/** The most clients that run at once. */
export interface DayLimits {
  /** Clients whose days are folded. Each of them holds one function at a time. */
  readonly maxFolded: number;
  /** Clients whose days are fanned out. */
  readonly maxClients: number;
}

/** Compiles the machine of a day with `jobs`. */
export function compileDailyMachine(jobs: readonly AnyJob[], { maxFolded, maxClients }: DayLimits): StateMachine {
  const grouping = jobs.filter((job) => job.scope === 'logs');
  const states: Record<string, State> = {};
  for (const [index, job] of grouping.entries()) {
    const failed = `${job.name} failed`;
    const next = grouping[index + 1]?.name ?? 'Clients';
    states[job.name] = { ...nested(job, {}), ResultPath: null, Catch: catchTo(failed), Next: next };
    states[failed] = {
      ...call('explain', { 'day.$': '$.day', job: job.name, 'error.$': '$.error' }),
      ...keep('summary'),
      Catch: catchTo('Failed'),
      Next: 'Day failed',
    };
  }
  const clientJobs = jobs.filter((job) => job.scope === 'client');
  states.Clients = { ...call('clients', DAY), ...keep('clients'), Catch: catchTo('Failed'), Next: 'Client days' };
  states['Client days'] = {
    Type: 'Parallel',
    Branches: [
      clientDays('Folded days', 'folded', maxFolded, foldedClientDay()),
      clientDays('Fanned-out days', 'fannedOut', maxClients, clientDay(clientJobs)),
    ],
    ResultPath: null,
    // The summary names the clients without an outcome, whatever the failure was.
    Catch: catchTo('Summary'),
    Next: 'Any folded?',
  };
  states['Any folded?'] = {
    Type: 'Choice',
    Choices: [{ Variable: '$.clients.ref.folded.count', NumericGreaterThan: 0, Next: 'Rest' }],
    Default: 'Summary',
  };
  states.Rest = { ...call('rest', DAY), ...keep('clients'), Catch: catchTo('Summary'), Next: 'Any left?' };
  // The lists of Rest have no folded clients, so the clients are gone through twice at most.
  states['Any left?'] = {
    Type: 'Choice',
    Choices: [{ Variable: '$.clients.ref.fannedOut.count', NumericGreaterThan: 0, Next: 'Client days' }],
    Default: 'Summary',
  };
  states.Summary = { ...call('summary', DAY), ...keep('summary'), Catch: catchTo('Failed'), Next: 'Day whole?' };
  states['Day whole?'] = {
    Type: 'Choice',
    Choices: [{ Variable: '$.summary.ref.whole', BooleanEquals: true, Next: 'Day done' }],
    Default: 'Day failed',
  };
  states['Day done'] = { Type: 'Succeed' };
  states['Day failed'] = { Type: 'Fail', Error: 'DayFailed', CausePath: '$.summary.ref.message' };
  states.Failed = { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' };
  return {
    Comment: 'A day: grouping, then every client’s enabled jobs.',
    StartAt: grouping[0]?.name ?? 'Clients',
    States: states,
  };
}

/**
 * Returns the branch that runs the clients of one list. It always succeeds, because a failed branch would end the other one.
 *
 * @param list the field of the list in the answer of `clients`. An empty list is not read
 */
function clientDays(name: string, list: string, maxConcurrency: number, day: States): States {
  const [asked, over] = [`${name}?`, `${name} over`];
  return {
    StartAt: asked,
    States: {
      [asked]: {
        Type: 'Choice',
        Choices: [{ Variable: `$.clients.ref.${list}.count`, NumericGreaterThan: 0, Next: name }],
        Default: over,
      },
      [name]: {
        Type: 'Map',
        MaxConcurrency: maxConcurrency,
        ToleratedFailureCount: TOLERATED_FAILURES,
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { 'Bucket.$': `$.clients.ref.${list}.bucket`, 'Key.$': `$.clients.ref.${list}.key` },
        },
        ItemSelector: { ...DAY, 'requestedAt.$': '$.requestedAt', 'client.$': '$$.Map.Item.Value' },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...day },
        ResultPath: null,
        Retry: LIST_RETRY,
        Catch: catchTo(over),
        Next: over,
      },
      [over]: { Type: 'Pass', Result: {}, End: true },
    },
  };
}
