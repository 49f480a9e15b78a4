/** The number of shards of a step. */
import type { Run } from './job.ts';

/** Up to this many shards, a shard does not hold more than its usual share. */
const MANY = 64;

/**
 * Returns the number of shards for some work, at least 1.
 *
 * @param load the work, in usual shares of a shard
 * @param growth the most usual shares that a shard of a large input may hold
 */
export const shardsFor = (load: number, growth = 1): number =>
  Math.max(1, Math.ceil(Math.max(Math.min(load, MANY), load / growth)));

/**
 * Returns the number of shards that `--shards` asks for, or else the number for `amount` with `capacity` in each shard.
 * `run.onLoad` gets the quotient without rounding, because it predicts the plan of a larger input.
 *
 * @param growth as in `shardsFor`
 * @param most the most shards that the work can be divided into
 */
export function shardCount(
  run: Pick<Run, 'shards' | 'onLoad'>,
  amount: number,
  capacity: number,
  growth?: number,
  most: number = Number.POSITIVE_INFINITY,
): number {
  run.onLoad?.(amount / capacity, most);
  return Math.min(most, run.shards ?? shardsFor(amount / capacity, growth));
}
