/**
 * The machine of a client's day that is fanned out: an execution of its own machine for every enabled job. An example with
 * three jobs, of which the last one reads the output of the second:
 *
 *   Enabled ─► Wave 1 ─┬─ matrix-factorization? ─► matrix-factorization ─► (failed: matrix-factorization failed)
 *                      └─ sessionitems? ─► …
 *           ─► Wave 2 ─── word2vec? ─► (sessionitems failed: word2vec skipped) word2vec ─► …
 *           ─► Record ─► Report
 *
 * It always succeeds, and records its failures.
 */
import type { JsonValue } from '../json.ts';
import { dayOrder, readFrom } from './day-order.ts';
import { type JobOutcome, skippedOutcome } from './day-outcome.ts';
import { call, catchTo, DAY, keep, nested, readsKey, reportStates } from './day-tasks.ts';
import type { AnyJob } from './job.ts';
import type { State, States } from './state-machine.ts';

/** Returns the machine of one client's day. */
export function clientDay(jobs: readonly AnyJob[]): States {
  const waves = dayOrder(jobs);
  const waveOf = (job: AnyJob): number => waves.findIndex((wave) => wave.includes(job));
  const enabled = (job: AnyJob): State => ({ Variable: `$.enabled.ref['${job.name}']`, BooleanEquals: true });
  const lost = (job: AnyJob): State[] =>
    ['failed', 'skipped'].map((outcome) => ({
      Variable: `$.wave${waveOf(job) + 1}['${job.name}'].outcome`,
      StringEquals: outcome,
    }));
  /**
   * Returns the condition that a job's settings make it read another job's output; no condition for a job that always reads it.
   */
  const reads = (job: AnyJob, source: AnyJob): State[] =>
    job.inputs.foldersOf === undefined
      ? []
      : [{ Variable: `$.enabled.ref['${readsKey(job)}']['${source.writes}']`, BooleanEquals: true }];
  /** Returns the conditions that the job reads the source, and that the source failed or was skipped. */
  const missing = (job: AnyJob, source: AnyJob): State[] => {
    const own = reads(job, source);
    return own.length === 0 ? lost(source) : [{ And: [...own, { Or: lost(source) }] }];
  };
  const records = (fields: Record<string, JsonValue>): State => ({
    ...call('record', { ...DAY, 'client.$': '$.client', ...fields }),
    ResultPath: null,
    Catch: catchTo('Unrecorded'),
    Next: 'Report',
  });
  const outcomes = waves.map((_, index) => [`wave${index + 1}.$`, `$.wave${index + 1}`] as const);
  const first = waves.length === 0 ? 'Record' : 'Wave 1';
  const states: Record<string, State> = {
    Enabled: {
      ...call('enabled', { 'client.$': '$.client' }),
      ...keep('enabled'),
      Catch: catchTo('Record trouble'),
      Next: first,
    },
  };
  for (const [index, wave] of waves.entries()) {
    states[`Wave ${index + 1}`] = {
      Type: 'Parallel',
      Branches: wave.map((job) => branch(job, readFrom(job, jobs), enabled, missing)),
      ResultSelector: Object.fromEntries(wave.map((job, at) => [`${job.name}.$`, `$[${at}]`])),
      ResultPath: `$.wave${index + 1}`,
      Catch: catchTo('Record trouble'),
      Next: index + 1 < waves.length ? `Wave ${index + 2}` : 'Record',
    };
  }
  states.Record = records({ waves: Object.fromEntries(outcomes) });
  states['Record trouble'] = records({ 'error.$': '$.error' });
  Object.assign(states, reportStates('Report', 'Unreported'));
  // The summary finds no record of this client, and reports that. A Succeed state would return its whole input.
  states.Unrecorded = { Type: 'Pass', Result: {}, End: true };
  return { StartAt: 'Enabled', States: states };
}

/** Returns the machine of one job on a client's day. It always ends with the job's outcome. */
function branch(
  job: AnyJob,
  sources: readonly AnyJob[],
  enabled: (job: AnyJob) => State,
  missing: (job: AnyJob, source: AnyJob) => State[],
): States {
  const { name } = job;
  const [asked, failed, unexplained] = [`${name}?`, `${name} failed`, `${name} failed without a reason`];
  const [skipped, off] = [`${name} skipped`, `${name} off`];
  const ends = (result: JobOutcome): State => ({ Type: 'Pass', Result: result as JsonValue, End: true });
  const states: Record<string, State> = {
    [asked]: {
      Type: 'Choice',
      Choices: [
        ...(sources.length === 0
          ? []
          : [{ And: [enabled(job), { Or: sources.flatMap((source) => missing(job, source)) }], Next: skipped }]),
        { ...enabled(job), Next: name },
      ],
      Default: off,
    },
    [name]: {
      ...nested(job, { 'client.$': '$.client' }),
      // The fields of the end depend on the path through the machine. `record` reads them.
      ResultSelector: { outcome: 'done', 'run.$': '$.Output.run.ref.id', 'end.$': '$.Output' },
      Catch: catchTo(failed),
      End: true,
    },
    [failed]: {
      ...call('explain', { 'day.$': '$.day', 'client.$': '$.client', job: name, 'error.$': '$.error' }),
      ResultSelector: { outcome: 'failed', 'error.$': '$.Payload' },
      Catch: catchTo(unexplained),
      End: true,
    },
    [unexplained]: ends({
      outcome: 'failed',
      error: { name: 'PipelineError', message: `${name} failed, and why could not be read: see its executions` },
    }),
    [off]: ends({ outcome: 'off' }),
  };
  if (sources.length > 0) states[skipped] = ends(skippedOutcome(job, sources));
  return { StartAt: asked, States: states };
}
