/** Tests estimates: the measured model, the speed of a client's earlier runs, and the budget. */
import { describe, expect, test } from 'vitest';
import { planReport } from '../../../cli/report-plan.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { JOB_NAMES } from '../../../functions/registry.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import {
  checkBudget,
  type Estimate,
  type EstimateRequest,
  estimateWays,
  foldSizeOf,
  modelOf,
} from '../../../shared/cost/estimate.ts';
import models from '../../../shared/cost/model.json' with { type: 'json' };
import { FOLD_MEMORY_MB } from '../../../shared/cost/predict-folded.ts';
import type { RunUsage, StepUsage } from '../../../shared/cost/usage.ts';
import { defined } from '../../../shared/defined.ts';
import { LimitError } from '../../../shared/errors.ts';
import { inDollars } from '../../../shared/in-words.ts';
import { LOCAL_BUILD } from '../../../shared/job/build.ts';
import { configure } from '../../../shared/job/configure.ts';
import { handlersOfMachine } from '../../../shared/job/state-machine.ts';
import { jobWorkFolder, runFolder, USAGE_KEY } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { collected } from '../../helpers/collected.ts';

const JOB = jobNamed('matrix-factorization');
const MIB = 2 ** 20;
const DAY = 15_317;

const request = (more: Partial<EstimateRequest> = {}): EstimateRequest => ({
  job: JOB,
  client: 'shop',
  settings: { iterations: 5, rank: 30, days: 1 },
  shards: undefined,
  output: undefined,
  input: { bytes: 100 * MIB, objects: 1 },
  ...more,
});

/** Returns the estimate of a fanned-out run of a measured job. */
const known = async (asked: EstimateRequest): Promise<Estimate> =>
  (await estimateWays(asked, FOLD_MEMORY_MB))!.fannedOut;

/** Returns the ways of a run of the measured job, at the given version of the job. */
const waysOf = async (version: number) => (await estimateWays(request({ job: { ...JOB, version } }), FOLD_MEMORY_MB))!;

/** A new job has no model until the benchmark measures it. */
const MEASURED = JOBS.filter(({ name }) => modelOf(name) !== undefined);

const SOLVE_MB = handlersOfMachine(JOB).find(({ name }) => name === 'solve')?.memoryMb as number;

const stepUsage = (step: string, seconds: number, memoryMb: number): StepUsage => ({
  step,
  memoryMb,
  invocations: 1,
  seconds,
  peakMemoryMb: 123,
  gets: 1,
  puts: 1,
  lists: 0,
  bytesRead: 1,
  bytesWritten: 1,
  furtherParts: 0,
  reads: {},
});

test.each(MEASURED)('The estimate for $name grows with its input', async (job) => {
  const settings = { iterations: 1, rank: 30, days: 1, vectorSize: 30 };
  const small = await known(request({ job, settings, input: { bytes: MIB, objects: 1 } }));
  const large = await known(request({ job, settings, input: { bytes: 10_000 * MIB, objects: 100 } }));
  expect(large.gbSeconds / small.gbSeconds).toBeGreaterThan(10);
  expect(large.shards).toBeGreaterThan(small.shards);
  expect(large.dollars).toBeGreaterThan(small.dollars);
});

describe('a job that was not measured', () => {
  const job = { ...JOB, name: 'unheard-of' };

  test('A job without measurement has an unknown cost', async () =>
    expect(await estimateWays(request({ job }), FOLD_MEMORY_MB)).toBeUndefined());

  test('A job without measurement is refused under a budget, and the error names the command that measures it', async () => {
    const refused = checkBudget(request({ job }), 1, false);
    await expect(refused).rejects.toThrow(LimitError);
    await expect(refused).rejects.toThrow('npm run bench -- --only cost --job unheard-of measures it');
  });
});

describe('the measured version of the job', () => {
  const { version } = modelOf(JOB.name)!;

  test('An estimate for the measured version is not outdated', async () => {
    const ways = await waysOf(version);
    expect(ways.fannedOut.outdated).toBeNull();
    expect(planReport(ways, { folds: true, why: '' })).not.toContain('measured at version');
  });

  test('An estimate for another version names both versions and the command, and offline plan shows them in one line', async () => {
    const ways = await waysOf(version + 2);
    expect(ways.fannedOut.outdated).toBe(
      `measured at version ${version} of the job, which is at version ${version + 2}; ` +
        `npm run bench -- --only cost --job ${JOB.name} measures it again`,
    );
    expect(planReport(ways, { folds: true, why: '' }).split('\n').at(-1)).toBe(
      `The cost was ${ways.fannedOut.outdated}.`,
    );
  });
});

test('Every model belongs to a registered job', () => {
  expect(JOB_NAMES).toEqual(expect.arrayContaining(Object.keys(models)));
});

describe('earlier runs of the client', () => {
  async function leave(output: MemoryStore, run: string, mib: number, gbSeconds: number, more: object = {}) {
    const usage: RunUsage = {
      job: JOB.name,
      version: JOB.version,
      input: { bytes: mib * MIB, objects: 1 },
      shards: null,
      threads: null,
      steps: [stepUsage('solve', (1024 * gbSeconds) / SOLVE_MB, SOLVE_MB)],
      ...more,
    };
    await output.put(runFolder(JOB.name, 'shop', run) + USAGE_KEY, JSON.stringify(usage));
  }

  test('The largest earlier run gives the speed of the machines', async () => {
    const output = new MemoryStore('/memory');
    const plain = await known(request({ output }));
    expect(plain).toMatchObject({ rate: 1, after: null });
    const there = await known(request({ input: { bytes: 50 * MIB, objects: 1 } }));
    await leave(output, '1111111111111111', 1, 1);
    await leave(output, '2222222222222222', 50, 3 * there.gbSeconds);
    await leave(output, '3333333333333333', 500, 1, { version: JOB.version + 1 });
    await output.put(`${jobWorkFolder(JOB.name, 'shop')}4444444444444444/plans/planned.json`, '{}');
    // A part of this run was folded, so its times are those of neither way.
    await leave(output, '6666666666666666', 60, 1, {
      steps: [stepUsage('solve', 1, SOLVE_MB), stepUsage('fold', 800, FOLD_MEMORY_MB)],
    });
    // This record was cut off when the power failed, and is ignored.
    await output.put(runFolder(JOB.name, 'shop', '5555555555555555') + USAGE_KEY, '{"job":');
    const scaled = await known(request({ output }));
    expect(scaled.after).toBe('2222222222222222');
    expect(scaled.rate).toBeCloseTo(3, 6);
    expect(scaled.gbSeconds).toBeCloseTo(3 * plain.gbSeconds, 6);
    expect(scaled.transitions).toBe(plain.transitions);
  });
});

describe('both ways of a run', () => {
  /** Leaves the usage of a folded run that took `rate` times the predicted seconds. */
  async function leaveFolded(output: MemoryStore, more: object = {}, rate = 4) {
    const { folded } = (await estimateWays(request(), FOLD_MEMORY_MB))!;
    const steps = folded.steps.map(({ step, seconds, memoryMb }) => stepUsage(step, rate * seconds, memoryMb));
    // The time between the steps is predicted by no step.
    steps.push(stepUsage('fold', 1, FOLD_MEMORY_MB));
    const { input } = request();
    const usage = { job: JOB.name, version: JOB.version, input, shards: null, threads: null, folded: true, steps };
    await output.put(
      runFolder(JOB.name, 'shop', '1111111111111111') + USAGE_KEY,
      JSON.stringify({ ...usage, ...more }),
    );
  }

  test('The speed of a folded run holds for both ways, whatever memory they have', async () => {
    const output = new MemoryStore('/memory');
    const plain = (await estimateWays(request(), FOLD_MEMORY_MB))!;
    await leaveFolded(output);
    const { fannedOut, folded } = (await estimateWays(request({ output }), FOLD_MEMORY_MB))!;
    expect(fannedOut.after).toBe('1111111111111111');
    expect([fannedOut.rate, folded.rate].map((rate) => rate.toFixed(6))).toEqual(['4.000000', '4.000000']);
    expect(fannedOut.gbSeconds).toBeCloseTo(4 * plain.fannedOut.gbSeconds, 6);
  });

  test('A job that was not measured has a bound for a small input, and another size only after a run of the client', async () => {
    const output = new MemoryStore('/memory');
    const job = { ...JOB, name: 'unheard-of' };
    const sized = (mib: number) =>
      foldSizeOf(request({ job, output, input: { bytes: mib * MIB, objects: 1 } }), FOLD_MEMORY_MB);
    expect(await sized(16)).toEqual({ seconds: 32.5, peakMemoryMb: 428, peakFrom: 'bounded' });
    expect(await sized(17)).toBeUndefined();
    await leaveFolded(output, { job: 'unheard-of' });
    for (const key of (await collected(output.list(''))).map((object) => object.key)) {
      await output.put(key.replace(JOB.name, 'unheard-of'), (await output.get(key)).bytes);
    }
    expect(await foldSizeOf(request({ job, output }), FOLD_MEMORY_MB)).toMatchObject({
      peakMemoryMb: 123,
      peakFrom: 'measured',
    });
  });
});

describe('budgets', () => {
  test('A run that is predicted within the budget passes, and a dearer one is refused with a cure', async () => {
    const { dollars } = await known(request());
    await checkBudget(request(), dollars, false);
    const refused = checkBudget(request(), dollars * 0.99, false);
    await expect(refused).rejects.toThrow(LimitError);
    await expect(refused).rejects.toThrow(
      /predicted to cost \$0\.\d+, and maxCost is \$.*Raise maxCost, or read fewer days/,
    );
  });

  test('A run that folds needs the price of a folded run alone', async () => {
    const { fannedOut, folded } = (await estimateWays(request(), FOLD_MEMORY_MB))!;
    expect(folded.dollars).toBeLessThan(fannedOut.dollars);
    await checkBudget(request(), folded.dollars, true);
    await expect(checkBudget(request(), folded.dollars, false)).rejects.toThrow(LimitError);
    await expect(checkBudget(request(), folded.dollars * 0.99, true)).rejects.toThrow(LimitError);
  });

  test('A budget stops a run before it writes anything, but not a run that has begun', async () => {
    const store = new MemoryStore('/memory');
    const log = () => undefined;
    const environment = {
      log,
      build: LOCAL_BUILD,
      openStore: async () => store,
      openConfigRoot: async () => new FolderConfigRoot(new MemoryStore('/config')),
    };
    await store.put(`shop/actions/${DAY}/part-00000`, '{"userid":1,"itemid":1,"type":1}\n');
    const start = (maxCost?: number) =>
      configure(
        JOB,
        {
          client: 'shop',
          requestedAt: '2011-12-10T00:00:00Z',
          settings: defined({ startDay: DAY, inputPath: '/memory', outputPath: '/memory', maxCost }),
        },
        environment,
      );
    const objects = async () => (await collected(store.list(''))).length;
    await expect(start(1e-6)).rejects.toThrow(LimitError);
    expect(await objects()).toBe(1);
    const begun = await start(1);
    expect(await objects()).toBe(2);
    // A budget decides no bytes, so the run is the same.
    expect((await start(1e-6)).id).toBe(begun.id);
  });
});

test.each([
  [0, '$0.00'],
  [12.345, '$12.35'],
  [0.5, '$0.50'],
  [0.0123, '$0.012'],
  [0.000123, '$0.00012'],
])('%d dollars are written as %s', (dollars, text) => expect(inDollars(dollars)).toBe(text));
