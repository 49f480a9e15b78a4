/**
 * The machine of a client's day that is folded: all enabled jobs in three functions, without a machine for each job.
 *
 *   Configure ─► Fold ─► Activate ─► Record folded ─► Report folded
 *
 * Configure reads the configuration and what is live, and activates nothing. Fold runs the steps of all jobs in one process,
 * which reaches S3 only. Activate uploads and sets the runtime nodes. `jobs` says of each job what comes next
 * (`functions/day-arrival/day-jobs.ts`).
 *
 * A client whose day was not folded wholly gets no record. It is then fanned out, over the same work areas. The same happens
 * after every error of a function before the record, so this machine always succeeds.
 */
import type { JsonValue } from '../json.ts';
import { call, catchTo, DAY, keep, reportStates } from './day-tasks.ts';
import { FOLD_RETRY } from './retries.ts';
import { FOLD, type State, type States } from './state-machine.ts';

export function foldedClientDay(): States {
  const step = (handler: string, more: Record<string, JsonValue>, next: string): State => ({
    ...call(handler, { ...DAY, 'client.$': '$.client', 'requestedAt.$': '$.requestedAt', ...more }),
    ...keep('jobs'),
    Catch: catchTo('Not folded'),
    Next: next,
  });
  const jobs = { 'jobs.$': '$.jobs.ref' };
  return {
    StartAt: 'Configure',
    States: {
      Configure: step('configure', {}, 'Fold'),
      Fold: { ...step(FOLD.name, jobs, 'Activate'), Retry: FOLD_RETRY },
      Activate: step('activate', jobs, 'Record folded'),
      'Record folded': {
        ...call('record', { ...DAY, 'client.$': '$.client', 'folded.$': '$.jobs.ref' }),
        ResultPath: null,
        Catch: catchTo('Not folded'),
        Next: 'Report folded',
      },
      ...reportStates('Report folded', 'Folded without a report'),
      // A Succeed state would return its whole input.
      'Not folded': { Type: 'Pass', Result: {}, End: true },
    },
  };
}
