/** How many shards a step is cut into. */
import type { Run } from './job.ts';

/**
 * As many as were asked for, else as many as hold `amount` at `capacity` each: at least one. What a plan came to, unrounded,
 * is told, so that a larger input's plan can be predicted from a smaller one's run.
 */
export function shardCount(run: Pick<Run, 'shards' | 'onLoad'>, amount: number, capacity: number): number {
  run.onLoad?.(amount / capacity);
  return run.shards ?? Math.max(1, Math.ceil(amount / capacity));
}
