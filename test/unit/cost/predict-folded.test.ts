/** Tests the prediction of a folded run: its time, memory and price, and the rule by which a run folds. */
import { describe, expect, test } from 'vitest';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import type { FoldedPoint, JobModel, StepModel } from '../../../shared/cost/model.ts';
import { predict } from '../../../shared/cost/predict.ts';
import {
  type FoldSize,
  foldedTransitions,
  foldSizeAfter,
  foldsBy,
  predictFolded,
} from '../../../shared/cost/predict-folded.ts';
import { dollarsOf } from '../../../shared/cost/prices.ts';
import type { RunUsage, StepUsage } from '../../../shared/cost/usage.ts';
import { defined } from '../../../shared/defined.ts';
import { compileStateMachine, handlersOfMachine } from '../../../shared/job/state-machine.ts';
import { noTraffic } from '../../../shared/store/metered-store.ts';

const MIB = 2 ** 20;
const JOB = jobNamed('matrix-factorization');
const ITERATIONS = 3;
const SETTINGS = { iterations: ITERATIONS, rank: 30 };
/** solve runs so often. */
const HALF_SWEEPS = 1 + 2 * ITERATIONS;
const FOLD_MB = 2048;

/** Returns a model in which each invocation takes the same seconds, two GETs and one PUT. */
function modelOf(secondsEach: number, folded?: JobModel['folded']): JobModel {
  const loads: Readonly<Record<string, number>> = { rate: 1 / 64, score: 1 / 100, transpose: 1 / 100 };
  const names = ['configure', 'plan rate', 'rate', 'score', 'sweep', 'solve', 'publish'];
  const steps = names.map((step) =>
    defined<StepModel>({
      step,
      load: loads[step],
      shards: [1, 0],
      seconds: [secondsEach, 0, 0],
      gets: [2, 0, 0],
      reads: {},
      puts: [1],
      written: [[1, 100] as const],
      furtherParts: [0, 0],
      lists: [0, 0],
    }),
  );
  return defined({ version: 1, steps, folded });
}

const input = (mib: number) => ({ bytes: mib * MIB, objects: 1 });
const folded = (mib: number, model = modelOf(0.5), rate = 1) =>
  predictFolded(JOB, model, SETTINGS, input(mib), { memoryMb: FOLD_MB, rate, earlierOutputs: 0 });

describe('a folded run', () => {
  test('One process takes the seconds of all invocations after Configure, and its start', () => {
    // plan, rate, score, publish, 8 rounds of sweep and 7 of solve; the start takes half a second.
    expect(folded(1).seconds).toBeCloseTo(0.5 + (4 + (HALF_SWEEPS + 1) + HALF_SWEEPS) * 0.5, 9);
    // One shard more of rate, of score, and of each of the four rounds of solve that follow score.
    expect(folded(101).seconds - folded(1).seconds).toBeCloseTo((1 + 1 + 4) * 0.5, 9);
    expect(folded(1, modelOf(0.5), 3).seconds - 0.5).toBeCloseTo(3 * (folded(1).seconds - 0.5), 9);
  });

  test('The time is billed with the memory of the function, and that of Configure with its own', () => {
    const { gbSeconds, seconds } = folded(1);
    const configure = handlersOfMachine(JOB).find(({ name }) => name === 'configure')?.memoryMb as number;
    expect(gbSeconds).toBeCloseTo((seconds * FOLD_MB + 0.5 * configure) / 1024, 9);
  });

  test('Its transitions do not grow with the input or with the rounds of a loop', () => {
    // Handed over?, Configure, Configured?, Fold, Folded?, Activate.
    expect([folded(1).transitions, folded(900).transitions]).toEqual([6, 6]);
    expect(predictFolded(jobNamed('sessionitems'), modelOf(1), {}, input(1), { memoryMb: FOLD_MB }).transitions).toBe(
      5,
    );
  });

  test('Its requests are those of the steps, of its note and of its account', () => {
    const local = predict(JOB, modelOf(0.5), SETTINGS, input(1), { threads: 1, earlierOutputs: 0 });
    const { gets, puts, lists, invocations } = folded(1);
    // The plan; a note, a mark and usage.json; the lists of notes and of marks.
    expect([gets, puts, lists, invocations]).toEqual([local.gets + 1, local.puts + 3, local.lists + 2, 2]);
    expect(folded(1).dollars).toBe(dollarsOf(folded(1)));
    expect(folded(1).dollars).toBeLessThan(predict(JOB, modelOf(0.5), SETTINGS, input(1)).dollars / 2);
  });
});

test('Where folded runs were measured, the requests are those of Configure and of such a run', () => {
  const small = { mib: 10, peakMb: 200, gets: 20, puts: 10, lists: 3 };
  const large = { mib: 20, peakMb: 200, gets: 40, puts: 12, lists: 3 };
  const measured = (mib: number, objects: number) =>
    predictFolded(JOB, modelOf(0.5, [small, large]), SETTINGS, { bytes: mib * MIB, objects }, { memoryMb: FOLD_MB });
  // Configure takes two GETs and a PUT. Its mark is one PUT, and its look for notes one LIST. Each input is one GET.
  expect(measured(1, 1)).toMatchObject({ gets: 2 + 20 + 1, puts: 1 + 1 + 10, lists: 1 + 3, invocations: 2 });
  expect(measured(15, 5)).toMatchObject({ gets: 2 + 30 + 5, puts: 1 + 1 + 11, lists: 1 + 3 });
});

test.each(JOBS)('The transitions of a folded run of $name are the states that its machine enters', (job) => {
  const { States, StartAt } = compileStateMachine(job, 1);
  const isDone = (choice: object): boolean => 'StringEquals' in choice && choice.StringEquals === 'done';
  const entered: string[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    entered.push(name);
    const { Choices, Next, Default } = States[name] as {
      Choices?: readonly { Next: string }[];
      Next?: string;
      Default?: string;
    };
    const chosen: { Next: string } | undefined =
      name === 'Configured?' ? Choices?.find((choice) => choice.Next === 'Fold') : Choices?.find(isDone);
    name = chosen?.Next ?? Next ?? Default;
  }
  expect(foldedTransitions(job)).toBe(entered.length);
});

describe('the peak memory', () => {
  const point = (mib: number, peakMb: number): FoldedPoint => ({ mib, peakMb, gets: 20, puts: 10, lists: 3 });
  const peaks = [point(10, 200), point(100, 290), point(500, 490)];
  const peak = (mib: number, model: JobModel) => {
    const { peakMemoryMb, peakFrom } = folded(mib, model);
    return [Math.round(peakMemoryMb), peakFrom];
  };

  test.each([
    [1, 200],
    [10, 200],
    [55, 245],
    [100, 290],
    [300, 390],
    [500, 490],
    // The last line goes on, by half a MiB for each MiB.
    [1500, 990],
    [90_000, 3008],
  ])('At %i MiB of text the measured peaks give %i MiB', (mib, expected) =>
    expect(peak(mib, modelOf(1, peaks))).toEqual([expected, 'measured']),
  );

  test('The bound of a job is the largest memory of its steps, and not that of the function that folds', () => {
    const model = modelOf(1);
    const { peakMemoryMb } = predictFolded(jobNamed('sessionitems'), model, {}, input(5000), { memoryMb: FOLD_MB });
    expect(peakMemoryMb).toBe(1769);
  });

  test('A single measured peak holds for every size', () =>
    expect(peak(700, modelOf(1, [point(10, 200)]))).toEqual([200, 'measured']));

  test.each([
    [1, 308],
    [100, 1100],
    // The largest step of the job declares 3,008 MiB.
    [900, 3008],
  ])('Without measured peaks %i MiB of text are bounded by %i MiB', (mib, expected) =>
    expect(peak(mib, modelOf(1))).toEqual([expected, 'bounded']),
  );
});

describe('the rule', () => {
  const size = (more: Partial<FoldSize> = {}): FoldSize => ({
    seconds: 300,
    peakMemoryMb: 1024,
    peakFrom: 'measured',
    ...more,
  });
  const decision = (more?: Partial<FoldSize>) => foldsBy(size(more), { foldSeconds: 300, memoryMb: FOLD_MB });

  test('A run folds up to both limits, and the reason has the figures', () =>
    expect(decision()).toEqual({
      folds: true,
      why:
        'it is predicted to take 300.0 s in one process, where foldSeconds is 300, ' +
        'and to need 1024 MiB, where 1024 are half of the function’s',
    }));

  test('A run that takes longer fans out', () =>
    expect(decision({ seconds: 300.1 })).toEqual({
      folds: false,
      why: 'it is predicted to take 300.1 s in one process, where foldSeconds is 300',
    }));

  test('A run that needs more than half of the memory fans out', () =>
    expect(decision({ peakMemoryMb: 1024.5, peakFrom: 'bounded' })).toEqual({
      folds: false,
      why: 'it is predicted to need up to 1025 MiB, where 1024 are half of the function’s',
    }));
});

describe('a job that was not measured', () => {
  const step = (name: string, seconds: number, peakMemoryMb: number): StepUsage => ({
    step: name,
    memoryMb: 1024,
    invocations: 1,
    seconds,
    peakMemoryMb,
    ...noTraffic(),
    reads: {},
  });
  const usage = (threads: number | null): RunUsage => ({
    job: JOB.name,
    version: JOB.version,
    input: input(100),
    shards: null,
    threads,
    steps: [step('configure', 100, 900), step('rate', 10, 400), step('solve', 30, 350)],
  });

  test('An earlier run in the cloud gives time and memory, which grow with the input', () => {
    expect(foldSizeAfter(JOB, usage(null), input(200))).toEqual({
      seconds: 80.5,
      peakMemoryMb: 800,
      peakFrom: 'measured',
    });
    expect(foldSizeAfter(JOB, usage(null), input(1))).toEqual({
      seconds: 40.5,
      peakMemoryMb: 400,
      peakFrom: 'measured',
    });
  });

  test('The memory of a local run is not that of a process', () =>
    expect(foldSizeAfter(JOB, usage(1), input(50))).toMatchObject({ peakMemoryMb: 700, peakFrom: 'bounded' }));
});
