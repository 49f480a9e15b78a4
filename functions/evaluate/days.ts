/** The training days and the test days of a run, and the inputs of both. */
import { dayFolders } from '../../shared/job/inputs.ts';
import type { InputSource } from '../../shared/job/job.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { ACTIONS } from '../../shared/store/keys.ts';
import type { EvaluationSettings } from './settings.ts';

type DaySettings = Pick<EvaluationSettings, 'days' | 'testDays'>;

/** Both ends are inclusive, in days since 1970-01-01 UTC. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

/** @param day the last test day */
export const testDaysOf = ({ testDays }: Pick<DaySettings, 'testDays'>, day: number): Days => ({
  from: day - testDays + 1,
  to: day,
});

/** The training days are directly before the test days. @param day the last test day */
export const trainingDaysOf = ({ days, testDays }: DaySettings, day: number): Days => ({
  from: day - testDays - days + 1,
  to: day - testDays,
});

/** Returns the end of the last of some days, in milliseconds since 1970-01-01T00:00:00Z. */
export const endOf = ({ to }: Days): number => (to + 1) * MS_PER_DAY;

/** True when an input belongs to a test day. An action belongs to the day whose folder holds it, whatever its time says. */
export const isTestInput = (key: string, { from }: Days): boolean => Number(key.split('/').at(-2)) >= from;

const actions = dayFolders(ACTIONS, 'group-actions');

/** The actions of the training days and of the test days. */
export const inputs: InputSource<EvaluationSettings> = {
  ...actions,
  list: (request) => {
    const { days, testDays } = request.settings;
    return actions.list({ ...request, settings: { ...request.settings, days: days + testDays } });
  },
};
