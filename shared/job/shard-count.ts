/** How many shards a step is cut into. */
import type { Run } from './job.ts';

/** A step that may grow is cut finer up to so many shards. */
const MANY = 64;

/**
 * Shards for so much work, at least one.
 * @param load shards' worth of work @param growth times that a shard may hold more than its usual share, of a large input
 */
export const shardsFor = (load: number, growth = 1): number =>
  Math.max(1, Math.ceil(Math.max(Math.min(load, MANY), load / growth)));

/**
 * As many as were asked for, else as many as hold `amount` at `capacity` each. What a plan came to, unrounded, is told, so
 * that a larger input's plan can be predicted from a smaller one's run.
 * @param most shards that the work can be cut into
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
