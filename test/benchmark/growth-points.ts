/** The points that growth is fitted to: one for each job, number of actions and number of shards. */
import { readdirSync, statSync } from 'node:fs';
import type { Outcome } from './measure.ts';
import type { MeasuredRun } from './offline.ts';
import { isMeasured, type Row } from './section.ts';

export interface Point {
  readonly job: string;
  readonly actions: number;
  /** The number of shards for each step; undefined for as many as planned. */
  readonly shards: number | undefined;
  readonly outcome: Outcome;
  /** Undefined when the run failed. */
  readonly footprint: Footprint | undefined;
}

/** The size of a run's work area. */
export interface Footprint {
  readonly objects: number;
  readonly bytes: number;
  /** The number of shards that were computed, over all steps. */
  readonly shards: number;
}

export function footprintOf({ summary }: MeasuredRun, output: string): Footprint {
  const files = readdirSync(`${output}/.work`, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return {
    objects: files.length,
    bytes: sum(files.map(({ parentPath, name }) => statSync(`${parentPath}/${name}`).size)),
    shards: sum(summary.steps.map(({ computed }) => computed)),
  };
}

/** Returns the slope of log CPU over log actions by least squares, which is NaN for fewer than two points. */
export function exponentOf(points: readonly Point[]): number {
  const measured = points.flatMap(({ actions, outcome }) => (isMeasured(outcome) ? [{ actions, outcome }] : []));
  const xs = measured.map(({ actions }) => Math.log(actions));
  const ys = measured.map(({ outcome }) => Math.log(outcome.cpuSeconds));
  const [meanX, meanY] = [sum(xs) / xs.length, sum(ys) / ys.length];
  const products = xs.map((x, index) => (x - meanX) * (ys[index]! - meanY));
  return sum(products) / sum(xs.map((x) => (x - meanX) ** 2));
}

/** Returns the growth of a figure from one run to another, for the job where it grows most. */
export function worstGrowth(
  what: string,
  atMost: number,
  jobs: readonly { readonly job: string; readonly above: number | undefined; readonly below: number | undefined }[],
): Row {
  let worst: Row = { what, ratio: undefined, target: { atMost }, note: 'not measured' };
  for (const { job, above, below } of jobs) {
    if (above === undefined || below === undefined || above / below <= (worst.ratio ?? 0)) continue;
    worst = { ...worst, ratio: above / below, note: `${job}: ${above.toFixed(2)} / ${below.toFixed(2)}` };
  }
  return worst;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
