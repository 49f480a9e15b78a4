/**
 * The check `coverage`: the output must have at least half as many users and items as the smallest of the newest earlier
 * outputs. For example, if earlier outputs had 900, 880, … items and at least 600, then 299 items block and 300 pass.
 */
import { type EarlierOutputs, earlierOutputs } from '../job/earlier-outputs.ts';
import { type Counts, countIn, type Judging, SIDES } from './judging.ts';
import type { Finding } from './verdict.ts';

/** The number of earlier outputs that are compared. */
export const NEWEST_OUTPUTS = 28;
/** With fewer earlier outputs than this, the smallest one is not representative. */
const FEWEST_OUTPUTS = 8;
/** The smallest allowed share of the smallest earlier output. */
const SMALLEST_SHARE = 0.5;

export interface CoverageRequest extends EarlierOutputs {
  readonly sides: Judging<unknown>['sides'];
  readonly counts: Counts;
}

export async function checkCoverage(request: CoverageRequest): Promise<Finding> {
  const sides = SIDES.filter((side) => countIn(request.counts, request.sides[side]) !== undefined);
  if (sides.length === 0) return { result: 'notApplicable', says: 'the output counts neither users nor items' };
  const earlier = await earlierOutputs(request, NEWEST_OUTPUTS);
  if (earlier.length < FEWEST_OUTPUTS) {
    return {
      result: 'notApplicable',
      says: `there are ${earlier.length} earlier outputs of the same number of days, and ${FEWEST_OUTPUTS} are needed`,
    };
  }
  const compared = sides.flatMap((side) => {
    const name = request.sides[side];
    const before = earlier.flatMap(({ counts }) => countIn(counts, name) ?? []);
    if (before.length < FEWEST_OUTPUTS) return [];
    return [{ name, now: countIn(request.counts, name) as number, least: Math.min(...before) }];
  });
  const first = compared[0];
  if (first === undefined) return { result: 'notApplicable', says: 'earlier outputs do not count users or items' };
  const low = compared.filter(({ now, least }) => now < SMALLEST_SHARE * least);
  const worst = low[0] ?? first;
  const inWords = ({ name, now, least }: typeof worst) =>
    `${now} ${name}, while the smallest of ${earlier.length} earlier outputs has ${least}`;
  return {
    result: low.length === 0 ? 'passed' : 'failed',
    value: worst.now,
    limit: SMALLEST_SHARE * worst.least,
    says: (low.length === 0 ? compared : low).map(inWords).join('; '),
  };
}
