/** Tests what `offline plan` says about the ways in which a run can be done. */
import { expect, test } from 'vitest';
import { comparedWays, planReport } from '../../../cli/report-plan.ts';
import { jobNamed } from '../../../functions/index.ts';
import { elsewhere } from '../../../shared/cost/elsewhere.ts';
import { estimateWays, type Ways } from '../../../shared/cost/estimate.ts';
import { FOLD_MEMORY_MB } from '../../../shared/cost/predict-folded.ts';
import { OTHER_PRICES, PRICES } from '../../../shared/cost/prices.ts';

const MIB = 2 ** 20;
const waysOf = async (mib: number): Promise<Ways> => {
  const settings = { iterations: 5, rank: 30, days: 1 };
  const input = { bytes: mib * MIB, objects: 1 };
  const request = { job: jobNamed('matrix-factorization'), client: 'shop', settings, input };
  return (await estimateWays({ ...request, shards: undefined, output: undefined }, FOLD_MEMORY_MB))!;
};

test('The report begins with the way that is taken, and its steps and prices are those of this way', async () => {
  const small = await waysOf(2);
  const folded = planReport(small, { folds: true, why: 'it is small' });
  expect(folded).toMatch(/^The run folds into one process: it is small\.\n/);
  expect(folded).toMatch(/^Step Functions +6 transitions /m);
  expect(folded).toMatch(/^one container of Fargate +[\d.]+ +0 +\$0\.0/m);
  expect(folded).toMatch(/^Spark on EMR Serverless +0 +\$0\.0/m);
  const fannedOut = planReport(small, { folds: false, why: 'its setting fold is never' });
  expect(fannedOut).toMatch(/^The run fans out: its setting fold is never\.$/m);
  expect(fannedOut).toMatch(new RegExp(`^Step Functions +${small.fannedOut.transitions} transitions `, 'm'));
});

test('A folded small run costs less than half of a fanned-out one', async () => {
  const [fannedOut, folded] = comparedWays(await waysOf(2));
  expect([fannedOut?.way, folded?.way]).toEqual(['fanned out', 'folded']);
  expect(folded!.dollars).toBeLessThan(fannedOut!.dollars / 2);
});

test('Other places bill at least a minute, and Spark its executors and a driver', async () => {
  const { folded } = await waysOf(2);
  const s3 = (folded.puts + folded.lists) * PRICES.s3Put + folded.gets * PRICES.s3Get;
  const { fargateCpuHour, fargateGbHour, emrCpuHour, emrGbHour } = OTHER_PRICES;
  const short = elsewhere({ ...folded, seconds: 4, peakMemoryMb: 300 });
  expect(short.fargate).toBeCloseTo((fargateCpuHour + 2 * fargateGbHour) / 60 + s3, 12);
  expect(short.emrServerless).toBeCloseTo((2 * (emrCpuHour + 4 * emrGbHour)) / 60, 12);
  const long = elsewhere({ ...folded, seconds: 3600, peakMemoryMb: 1600 });
  expect(long.fargate).toBeCloseTo(fargateCpuHour + 4 * fargateGbHour + s3, 12);
  expect(long.emrServerless).toBeCloseTo((12 + 1 / 60) * (emrCpuHour + 4 * emrGbHour), 12);
});
