import { expect, test } from 'vitest';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { checkQuality } from '../../../shared/verdict/check-quality.ts';
import { checkOf, suffices, type Verdict } from '../../../shared/verdict/verdict.ts';
import { putSteadyEvaluations } from '../../helpers/evaluations.ts';

const DAY = 15_317;
const days = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** Evaluations of 10 days, the last 3 of which have another recall. */
async function storeWith(recall: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await putSteadyEvaluations(store, 'shop', days(DAY - 9, DAY - 3), { als: 0.4 });
  await putSteadyEvaluations(store, 'shop', days(DAY - 2, DAY), { als: recall });
  return store;
}

const check = (output: MemoryStore, day = DAY, warnings: string[] = []) =>
  checkQuality({ output, client: 'shop', job: 'als', day, warn: (words) => warnings.push(words) });

test('half of the recall is lost: the check fails, and says when, how much and how surely', async () => {
  const { result, value, limit, says } = await check(await storeWith(0.2));
  expect([result, limit]).toEqual(['failed', 0.25]);
  expect(value).toBeCloseTo(0.5, 2);
  expect(says).toMatch(
    /^recall of the users served is 0\.2\d* in the 3 evaluated days 2011-12-07 to 2011-12-09, and was 0\.4\d* in the 7 evaluated days 2011-11-30 to 2011-12-06: a difference of -0\.20\d* \(95 % interval -0\.2\d* to -0\.\d+\)$/,
  );
});

test.each([0.36, 0.4, 0.6])('a recall of %s after 0.4 passes', async (recall) => {
  expect((await check(await storeWith(recall))).result).toBe('passed');
});

test('the check does not apply on the day before the tenth evaluation, nor to a job without evaluations', async () => {
  const store = await storeWith(0.2);
  expect(await check(store, DAY - 1)).toEqual({
    result: 'notApplicable',
    says: '9 days were evaluated, and 10 are needed',
  });
  const request = { output: store, client: 'shop', job: 'rules', day: DAY, warn: () => undefined };
  expect((await checkQuality(request)).result).toBe('notApplicable');
});

test('a damaged evaluation is left out with a warning', async () => {
  const store = await storeWith(0.2);
  await store.put(`shop/evaluation/${DAY - 5}/resamples`, 'torn');
  const warnings: string[] = [];
  expect((await check(store, DAY, warnings)).result).toBe('notApplicable');
  expect(warnings).toEqual([expect.stringContaining(`shop/evaluation/${DAY - 5}/resamples is damaged`)]);
});

test('a verdict under a milder gate of quality does not suffice', () => {
  const verdictOf = (gateQuality: Verdict['gateQuality']): Verdict => {
    const verdict: Verdict = { run: 'a', gate: 'enforce', activate: true, live: null, verdict: 'passed', checks: [] };
    return gateQuality === undefined ? verdict : { ...verdict, gateQuality };
  };
  const asked = ['off', 'warn', 'block'] as const;
  expect(asked.map((gate) => suffices(verdictOf('warn'), 'a', 'enforce', gate))).toEqual([true, true, false]);
  expect(asked.map((gate) => suffices(verdictOf('block'), 'a', 'enforce', gate))).toEqual([true, true, true]);
  // A verdict of a release without the check, and a job that has no such gate.
  expect(asked.map((gate) => suffices(verdictOf(undefined), 'a', 'enforce', gate))).toEqual([true, false, false]);
  expect(suffices(verdictOf(undefined), 'a', 'enforce')).toBe(true);
  expect(checkOf('quality', { result: 'failed', says: 'x' }, 'warn', true).verdict).toBe('warned');
});
