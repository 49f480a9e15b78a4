/** Tests what `offline cost` reads from work areas, and how it adds that up. */
import { describe, expect, test } from 'vitest';
import { costReport, costText } from '../../../cli/report-cost.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { transitionsOf } from '../../../shared/cost/predict.ts';
import { dollarsOf } from '../../../shared/cost/prices.ts';
import { readSpent } from '../../../shared/cost/read-spent.ts';
import { quantitiesOf } from '../../../shared/cost/spent.ts';
import { markKey, type RunUsage, type StepUsage } from '../../../shared/cost/usage.ts';
import { planKey, planName, runFolder, USAGE_KEY } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { noTraffic } from '../../../shared/store/metered-store.ts';

const JOB = jobNamed('sessionitems');
const [FIRST, SECOND, THIRD] = ['1111111111111111', '2222222222222222', '3333333333333333'] as const;
const DAY = 15_317;

const step = (name: string, invocations: number): StepUsage => ({
  step: name,
  memoryMb: 2048,
  invocations,
  seconds: 3,
  peakMemoryMb: 100,
  gets: 10,
  puts: 5,
  lists: 1,
  bytesRead: 0,
  bytesWritten: 0,
  furtherParts: 0,
  reads: {},
});

const usage = (more: Partial<RunUsage> = {}): RunUsage => ({
  job: JOB.name,
  version: JOB.version,
  input: { objects: 1, bytes: 100 },
  shards: null,
  threads: null,
  steps: [step('configure', 1), step('plan collect', 1), step('collect', 4)],
  ...more,
});

describe('the quantities of a run', () => {
  const times = (name: string): number => usage().steps.find((one) => one.step === name)?.invocations ?? 0;

  test('A fanned-out run has the transitions of its machine', () =>
    expect(quantitiesOf(JOB, usage())).toEqual({
      gbSeconds: 18,
      invocations: 6,
      transitions: transitionsOf(JOB, times),
      gets: 30,
      puts: 15,
      lists: 3,
    }));

  test('A folded run has two invocations and five transitions, whatever its steps', () =>
    expect(quantitiesOf(JOB, usage({ folded: true }))).toMatchObject({
      gbSeconds: 18,
      invocations: 2,
      transitions: 5,
    }));

  test('A run that a fold handed over has both: a Task and a Choice more', () => {
    const steps = [...usage().steps, step('fold', 1)];
    expect(quantitiesOf(JOB, usage({ steps })).transitions).toBe(transitionsOf(JOB, times) + 2);
  });
});

async function leave(store: MemoryStore, client: string, run: string, day: number, account: object | undefined) {
  const prefix = runFolder(JOB.name, client, run);
  const plan = { job: JOB.name, version: 1, client, day, settings: {}, shards: null, inputs: [['a', 10, 'x']] };
  await store.put(prefix + planKey(planName(null)), JSON.stringify(plan));
  if (account !== undefined) await store.put(prefix + USAGE_KEY, JSON.stringify(account));
}

async function root(): Promise<MemoryStore> {
  const store = new MemoryStore('/out');
  await leave(store, 'shop', FIRST, DAY, usage());
  await leave(store, 'shop', SECOND, DAY + 1, usage({ folded: true, threads: null }));
  await leave(store, 'films', THIRD, DAY + 1, usage({ threads: 2 }));
  return store;
}

describe('the runs of a root', () => {
  test('Days, clients and jobs are added up, and their sums are equal', async () => {
    const report = costReport(await readSpent(await root(), JOBS, {}), { root: '/out' });
    expect(report.days.map(({ name, runs, folded }) => [name, runs, folded])).toEqual([
      [String(DAY), 1, 0],
      [String(DAY + 1), 2, 1],
    ]);
    expect(report.clients.map(({ name, runs }) => [name, runs])).toEqual([
      ['shop', 2],
      ['films', 1],
    ]);
    expect(report.total.dollars).toBeCloseTo(dollarsOf(report.total), 12);
    for (const lines of [report.days, report.clients, report.jobs]) {
      expect(lines.reduce((sum, { dollars }) => sum + dollars, 0)).toBeCloseTo(report.total.dollars, 12);
    }
    const text = costText(report);
    expect(text).toMatch(/^2011-12-09 \(15317\) +1 +0 +18\.0 /m);
    expect(text).toContain('1 run is done on a machine of your own');
  });

  test.each([
    [{ from: DAY + 1 }, [SECOND, THIRD]],
    [{ to: DAY }, [FIRST]],
    [{ client: 'shop', from: DAY, to: DAY + 1 }, [FIRST, SECOND]],
    [{ client: 'nobody' }, []],
  ])('Asked for %o, the runs %j are counted', async (filter, expected) => {
    const { runs } = await readSpent(await root(), JOBS, filter);
    expect(runs.map(({ run }) => run).sort()).toEqual(expected);
  });

  test('A run without an account counts with the marks of its invocations', async () => {
    const store = new MemoryStore('/out');
    await leave(store, 'shop', FIRST, DAY, undefined);
    const used = { milliseconds: 2000, memoryMb: 90, ...noTraffic(), puts: 7 };
    await store.put(runFolder(JOB.name, 'shop', FIRST) + markKey('collect', 'a', used), '');
    const spent = await readSpent(store, JOBS, {});
    expect(spent.runs).toMatchObject([{ isFinished: false, invocations: 1, puts: 7, onAws: true }]);
    expect(costText(costReport(spent, { root: '/out' }))).toContain('1 run is not finished');
  });

  test('A damaged account is left out and named', async () => {
    const store = await root();
    await store.put(runFolder(JOB.name, 'shop', FIRST) + USAGE_KEY, '{"job":');
    await store.put(runFolder(JOB.name, 'shop', SECOND) + USAGE_KEY, '{"steps":"of another release"}');
    const spent = await readSpent(store, JOBS, {});
    expect(spent.runs.map(({ run }) => run)).toEqual([THIRD]);
    expect(spent.unread).toEqual([runFolder(JOB.name, 'shop', FIRST), runFolder(JOB.name, 'shop', SECOND)]);
    expect(costText(costReport(spent, { root: '/out' }))).toContain(`2 runs are left out`);
  });

  test('A root without accounts says so, with what was asked for', async () => {
    const filter = { client: 'nobody', from: DAY };
    const report = costReport(await readSpent(await root(), JOBS, filter), { root: '/out', ...filter });
    expect(costText(report)).toBe('no run under /out of nobody from 2011-12-09 (15317) has an account\n');
  });
});
