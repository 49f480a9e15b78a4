/**
 * The check `quality`: the recall of the job's models, as evaluated on the last days, must not have dropped.
 *
 * A model is evaluated on the day after its own. The check therefore judges the models before this one, which the same job made
 * in the same way from the same kind of data.
 */
import { evaluatedDays, sumsOfDays } from '../evaluation/evaluated-days.ts';
import { DROP_DAYS, DROP_DAYS_BEFORE, type Drop, dropOf, LARGEST_LOSS } from '../evaluation/pooled.ts';
import { dateOf } from '../in-words.ts';
import type { Warn } from '../live/documents.ts';
import type { Store } from '../store/store.ts';
import type { Finding } from './verdict.ts';

export interface QualityRequest {
  /** The store with the client's evaluations. */
  readonly output: Store;
  readonly client: string;
  /** The name of the scorer, which is the job's name. */
  readonly job: string;
  /** The day of the judged model. Later evaluations are not looked at. */
  readonly day: number;
  /** Hears of evaluations that cannot be read. */
  readonly warn: Warn;
}

export async function checkQuality({ output, client, job, day, warn }: QualityRequest): Promise<Finding> {
  const days = await evaluatedDays(output, client, day);
  const sums = await sumsOfDays(output, client, job, days, DROP_DAYS + DROP_DAYS_BEFORE, warn);
  const drop = dropOf(sums);
  if (typeof drop === 'string') return { result: 'notApplicable', says: drop };
  return {
    result: drop.isDrop ? 'failed' : 'passed',
    value: 1 - drop.recall / drop.recallBefore,
    limit: LARGEST_LOSS,
    says: inWords(drop),
  };
}

function inWords({ last, before, recall, recallBefore, difference }: Drop): string {
  const [low, high] = [difference.low!, difference.high!].map((value) => value.toFixed(4));
  return (
    `recall of the users served is ${recall.toFixed(4)} in ${inDays(last)}, and was ${recallBefore.toFixed(4)} in ` +
    `${inDays(before)}: a difference of ${difference.mean!.toFixed(4)} (95 % interval ${low} to ${high})`
  );
}

const inDays = (days: readonly number[]): string =>
  `the ${days.length} evaluated days ${dateOf(days[0]!)} to ${dateOf(days.at(-1)!)}`;
