/**
 * Divides the clients of a day: those whose day is expected to be folded, and those whose day is fanned out at once.
 *
 * No node is read for that, because a day may have 10,000 clients. A client is expected to have all jobs, with their default
 * settings. When a client's own settings ask for more, Configure finds that its jobs do not fold, and the client is fanned out
 * after all.
 */

import { defaultSettings } from '../../shared/config/settings-readings.ts';
import { modelOf } from '../../shared/cost/estimate.ts';
import { foldsBy, predictFolded } from '../../shared/cost/predict-folded.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { FOLD } from '../../shared/job/state-machine.ts';

/** The bytes of a grouped action. The lines of test/data/onlineretail have 169 on average. */
const LINE_BYTES = 170;
/** The prediction may be wrong by this factor before the function runs out of time. */
const TIME_ROOM = 2;
/** The precision of the limit: the largest size that folds is found to one part in a thousand. */
const PRECISION = 1.001;

/** Returns the most actions of a day that all jobs of one client are expected to fold. */
export function mostFoldedActions(jobs: readonly AnyJob[]): number {
  if (!folds(jobs, 1)) return 0;
  let below = 1;
  let above = 2;
  while (above < Number.MAX_SAFE_INTEGER && folds(jobs, above)) {
    below = above;
    above *= 2;
  }
  while (above / below > PRECISION && above - below > 1) {
    const middle = (below + above) / 2;
    if (folds(jobs, middle)) below = middle;
    else above = middle;
  }
  return Math.floor(below);
}

/** True when each job folds by itself, and one process has the time for all of them. Jobs that were not measured do not count. */
function folds(jobs: readonly AnyJob[], actions: number): boolean {
  const input = { objects: 1, bytes: actions * LINE_BYTES };
  let seconds = 0;
  for (const job of jobs) {
    const model = modelOf(job.name);
    if (job.scope !== 'client' || model === undefined) continue;
    const settings = defaultSettings(job.settings);
    const size = predictFolded(job, model, settings, input, { memoryMb: FOLD.memoryMb });
    if (!foldsBy(size, { foldSeconds: settings.foldSeconds as number, memoryMb: FOLD.memoryMb }).folds) return false;
    seconds += size.seconds;
  }
  return seconds <= FOLD.timeoutSeconds / TIME_ROOM;
}

/** The clients of a day, in the order in which they are given. */
export interface ClientLists {
  readonly folded: readonly string[];
  readonly fannedOut: readonly string[];
}

/** @param actionsOf client → the number of its actions of the day @param most the most actions of a folded day */
export function divideClients(
  clients: readonly string[],
  actionsOf: (client: string) => number,
  most: number,
): ClientLists {
  const isFolded = (client: string): boolean => actionsOf(client) <= most;
  return {
    folded: clients.filter(isFolded),
    fannedOut: clients.filter((client) => !isFolded(client)),
  };
}
