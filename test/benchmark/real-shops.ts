/** The real actions of the two data sets in `test/data`, as the grouping writes them, each as a client of its own. */
import { writeActionLines } from '../../shared/example/actions.ts';
import { type RealData, realDays } from '../helpers/real-actions.ts';
import { madeOnce } from './made-once.ts';

export const REAL_SHOPS: readonly RealData[] = ['onlineretail', 'movietweetings'];

/** Returns the location of the actions, `<location>/<set>/actions/<day>/`. They are written once. */
export const realActions = (): Promise<string> =>
  madeOnce('real-shops', async (folder) => {
    for (const set of REAL_SHOPS) {
      for (const { day, lines } of realDays(set)) writeActionLines(folder, set, day, lines);
    }
  });
