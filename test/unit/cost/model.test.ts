/** Tests that the cost model finds the coefficients of simulated runs, and predicts inputs that it has not seen. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import { fitModel } from '../../../shared/cost/fit.ts';
import { nonNegativeFit } from '../../../shared/cost/least-squares.ts';
import { type JobModel, writtenBy } from '../../../shared/cost/model.ts';
import { predict, transitionsOf } from '../../../shared/cost/predict.ts';
import { dollarsOf } from '../../../shared/cost/prices.ts';
import { accountNames, type InputSize, type RunUsage, type StepUsage } from '../../../shared/cost/usage.ts';
import { defined } from '../../../shared/defined.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import { putRequests } from '../../../shared/store/s3-requests.ts';

const MIB = 2 ** 20;
const JOB = jobNamed('matrix-factorization');
const ITERATIONS = 3;
const SETTINGS = { iterations: ITERATIONS, rank: 30 };
const HALF_SWEEPS = 1 + 2 * ITERATIONS;
/** The seconds that each thread takes more at its first invocation of a step, and the number of threads. */
const WARM_UP = 0.7;
const THREADS = 2;

/** The number of shards planned for each MiB. */
const LOADS: Readonly<Record<string, number>> = { rate: 1 / 64, score: 1 / 100, transpose: 1 / 100 };

/** The number of shards of steps that are not planned by size. */
const FOLLOWERS: Readonly<Record<string, (sides: number) => number>> = {
  solve: (sides) => sides,
  format: (sides) => 2 * sides,
  merge: () => 2,
};
/** The reads of an invocation by the step that wrote the object. Small objects are read with one request. */
const READS: Readonly<Record<string, (rated: number, bytes: number) => Record<string, number>>> = {
  score: (rated, bytes) => ({ rate: (bytes > 64 * 1024 ? 3 : 1) * rated }),
  merge: () => ({ format: 1 }),
};
/** The bytes that a step writes for each MiB. `transpose` streams them. */
const WRITTEN: Readonly<Record<string, number>> = { rate: 20_000, transpose: 400_000 };

/** Returns a run of `w` MiB with coefficients that differ from step to step. */
function runOf(w: number, objects: number, shards?: number): RunUsage {
  const planned = (load: number) => shards ?? Math.max(1, Math.ceil(load * w));
  const sides = planned(LOADS.score as number);
  const steps = accountNames(JOB).map((step, at): StepUsage => {
    const load = LOADS[step];
    const n = load ? planned(load) : (FOLLOWERS[step]?.(sides) ?? 1);
    const rated = planned(LOADS.rate as number);
    const reads = READS[step]?.(rated, ((WRITTEN.rate as number) * w) / rated) ?? {};
    const invocations = step === 'solve' ? n * HALF_SWEEPS : step === 'sweep' ? 1 + HALF_SWEEPS : n;
    const written = ((WRITTEN[step] ?? 100 * (1 + at)) * w) / n;
    const furtherParts = step === 'transpose' ? invocations * (putRequests(written, false) - 1) : 0;
    return defined({
      step,
      memoryMb: 1024,
      invocations,
      peakMemoryMb: 100,
      load: step.startsWith('plan ') && LOADS[step.slice(5)] ? LOADS[step.slice(5)]! * w : undefined,
      seconds: invocations * (0.1 * (1 + at) + (0.2 * w) / n + (WARM_UP * Math.min(n, THREADS)) / n),
      gets: invocations * (2 + at + (reads.rate ?? 0) + (reads.format ?? 0)) + (step === 'rate' ? objects : 0),
      reads: Object.fromEntries(Object.entries(reads).map(([source, count]) => [source, invocations * count])),
      puts: invocations * (1 + (at % 2)) + furtherParts,
      lists: step === 'configure' ? 2 : 0,
      bytesRead: 0,
      bytesWritten: invocations * written,
      furtherParts,
    });
  });
  const input = { objects, bytes: w * MIB };
  return { job: JOB.name, version: JOB.version, input, shards: shards ?? null, threads: THREADS, steps };
}

const total = ({ steps }: RunUsage, of: (step: StepUsage) => number): number =>
  steps.reduce((sum, step) => sum + of(step), 0);

describe('a model fitted to runs of other sizes', () => {
  const model = fitModel(JOB, [runOf(10, 1), runOf(10, 1, 4), runOf(100, 2), runOf(300, 2, 4)]);

  test.each([
    [20, 1],
    [50, 5],
    [200, 3],
    [900, 7],
    [30, 2, 7],
  ] as const)('The prediction for %i MiB in %i files with %s shards is right', (w, objects, shards?: number) => {
    const used = runOf(w, objects, shards);
    const predicted = predict(JOB, model, SETTINGS, used.input, { shards, threads: THREADS, earlierOutputs: 0 });
    expect(Object.fromEntries(predicted.steps.map(({ step, invocations }) => [step, invocations]))).toEqual(
      Object.fromEntries(used.steps.map(({ step, invocations }) => [step, invocations])),
    );
    expect(predicted.gets / total(used, ({ gets }) => gets)).toBeCloseTo(1, 2);
    expect(predicted.puts).toBe(total(used, ({ puts }) => puts));
    expect(predicted.lists).toBe(2);
    expect(predicted.transitions).toBe(
      transitionsOf(JOB, (step) => used.steps.find((one) => one.step === step)?.invocations ?? 0),
    );
    expect(predicted.dollars).toBe(dollarsOf(predicted));
    const seconds = predicted.steps.reduce((sum, step) => sum + step.seconds, 0);
    expect(seconds / total(used, (step) => step.seconds)).toBeCloseTo(1, 1);
  });

  test('Each further day adds the requests for listing it', () => {
    const { input } = runOf(20, 1);
    const one = predict(JOB, model, { ...SETTINGS, days: 1 }, input);
    const thirty = predict(JOB, model, { ...SETTINGS, days: 30 }, input);
    expect([thirty.gets - one.gets, thirty.lists - one.lists]).toEqual([29 * 2, 29]);
  });

  test('Each of at most 28 earlier outputs adds the request for its manifest', () => {
    const { input } = runOf(20, 1);
    const gets = (earlierOutputs?: number) =>
      predict(JOB, model, SETTINGS, input, earlierOutputs === undefined ? {} : { earlierOutputs }).gets;
    expect([gets(5), gets(400), gets()].map((count) => count - gets(0))).toEqual([5, 28, 28]);
  });

  test('No step has more shards than it has pieces of work', () => {
    const steps = model.steps.map((step) => (step.step === 'rate' ? { ...step, pieces: 1 / 100 } : step));
    const rated = (w: number, asked?: number) =>
      predict(JOB, { ...model, steps }, SETTINGS, runOf(w, 1).input, { shards: asked }).steps.find(
        ({ step }) => step === 'rate',
      );
    expect([rated(30, 7)?.shards, rated(250, 7)?.shards, rated(900, 7)?.shards]).toEqual([1, 3, 7]);
    expect(rated(250)?.shards).toBe(3);
  });

  test('An input of whole files has no more shards than files', () => {
    const rated = (mostShards?: number) => {
      const input = { ...runOf(900, 3).input, ...defined<Partial<InputSize>>({ mostShards }) };
      return predict(JOB, model, SETTINGS, input).steps.find(({ step }) => step === 'rate')?.shards;
    };
    expect([rated(), rated(3)]).toEqual([15, 3]);
  });

  test('Every thread warms up, and without a limit every shard has a thread of its own', () => {
    const used = runOf(900, 7);
    const seconds = (threads?: number) => predict(JOB, model, SETTINGS, used.input, { threads }).steps;
    const solved = (threads?: number) => seconds(threads).find(({ step }) => step === 'solve')!;
    const { shards, invocations } = solved();
    // 9 shards warm up instead of 2 threads, in each of 7 half-sweeps.
    expect([shards, invocations]).toEqual([9, 63]);
    expect(solved().seconds - solved(2).seconds).toBeCloseTo((9 - 2) * 7 * WARM_UP, 1);
  });

  test('A rate scales the predicted seconds', () => {
    const { input } = runOf(20, 1);
    const slow = predict(JOB, model, SETTINGS, input, { rate: 2 });
    expect(slow.gbSeconds).toBeCloseTo(2 * predict(JOB, model, SETTINGS, input).gbSeconds, 9);
  });
});

test('In the cloud each invocation leaves a mark, and a local run leaves none', () => {
  const model = fitModel(JOB, [runOf(10, 1), runOf(10, 1, 4), runOf(100, 2), runOf(300, 2, 4)]);
  const { input } = runOf(20, 1);
  const cloud = predict(JOB, model, SETTINGS, input, { earlierOutputs: 0 });
  const local = predict(JOB, model, SETTINGS, input, { threads: THREADS, earlierOutputs: 0 });
  // The account is written once, after a listing of all marks and a look at the plan.
  expect(cloud.puts - local.puts).toBe(cloud.invocations + 1);
  expect([cloud.lists - local.lists, cloud.gets - local.gets]).toEqual([1, 1]);
});

test('The transitions are those of an execution that passes through the whole machine', () => {
  const { States } = compileStateMachine(JOB, 0);
  const aside = ['Nothing to do', 'Failed', 'Fold', 'Folded?', 'Fold failed', 'Hand over sweep', 'Rounds done'];
  // With one shard and no iteration, each state is entered once, except the loop's body and its Map's item.
  const once = Object.keys(States).filter((name) => !aside.includes(name) && name !== 'solve').length;
  const maps = JOB.steps.filter(({ kind }) => kind === 'map').length;
  expect(transitionsOf(JOB, (step) => (step === 'solve' ? 0 : 1))).toBe(once + maps);
  // An iteration of two shards enters advance, choice, Map and two items.
  expect(transitionsOf(JOB, (step) => (step === 'solve' ? 2 : step === 'sweep' ? 2 : 1))).toBe(once + maps + 5);
});

test('Written bytes are interpolated between measurements and continue the last line beyond them', () => {
  const bytes = (w: number, n = 1) =>
    Math.round(
      writtenBy(
        [
          [1, 10],
          [100, 1000],
          [400, 1000],
        ],
        { w, n },
      ),
    );
  expect([bytes(1), bytes(10), bytes(100), bytes(200), bytes(5000)]).toEqual([10, 100, 1000, 1000, 1000]);
  expect(bytes(30, 3)).toBe(100);
  expect(writtenBy([[1, 10]], { w: 50, n: 1 })).toBe(10);
  // The loop has no iteration.
  expect(
    writtenBy(
      [
        [1, 10],
        [100, 1000],
      ],
      { w: 50, n: 0 },
    ),
  ).toBe(10);
});

describe('least squares without negative coefficients', () => {
  test('The coefficients of exact points are found', () => {
    const coefficient = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(fc.tuple(coefficient, coefficient, coefficient), (truth) => {
        const rows = [1, 2, 5, 9, 30].flatMap((x) => [1, 4].map((n) => [1, x / n, n]));
        const ys = rows.map((row) => row.reduce((sum, x, at) => sum + x * truth[at]!, 0));
        for (const [at, value] of nonNegativeFit(rows, ys).entries()) expect(value).toBeCloseTo(truth[at]!, 2);
      }),
    );
  });

  test('A coefficient that would be negative is 0', () => {
    expect(
      nonNegativeFit(
        [
          [1, 1],
          [1, 2],
        ],
        [2, 1],
      )[1],
    ).toBe(0);
    expect(nonNegativeFit([[1, 1]], [0])).toEqual([0, 0]);
  });
});

test('Predictions include the verdict of every measured job that has one', () => {
  const models: Readonly<Record<string, JobModel>> = JSON.parse(
    readFileSync(new URL('../../../shared/cost/model.json', import.meta.url), 'utf8'),
  );
  const input = { objects: 4, bytes: 64 * MIB };
  for (const [name, model] of Object.entries(models)) {
    const job = jobNamed(name);
    const { steps } = predict(job, model, SETTINGS, input);
    const verdict = steps.find(({ step }) => step === 'verdict');
    expect(verdict !== undefined, name).toBe(job.judge !== undefined);
    if (verdict !== undefined) expect(verdict).toMatchObject({ memoryMb: 1769, invocations: 1, puts: 3 });
  }
});
