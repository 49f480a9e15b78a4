import { beforeEach, describe, expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import type { InputSize, RunUsage } from '../../../shared/cost/usage.ts';
import type { HandlerEnvironment } from '../../../shared/job/configure.ts';
import { decideFold, type FoldSettings } from '../../../shared/job/fold-decision.ts';
import { noteBegin } from '../../../shared/job/fold-notes.ts';
import { foldRun, handlersOf } from '../../../shared/job/handlers.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import type { RunRef } from '../../../shared/job/run.ts';
import { runFolder, USAGE_KEY } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { noTraffic } from '../../../shared/store/metered-store.ts';
import { DAY, TOY_SETTINGS, ToyCloud, toyJob } from './toy-job.ts';

const MF = jobNamed('matrix-factorization');
const MIB = 2 ** 20;
const RUN = 'aaaaaaaaaaaaaaaa';
const OTHER_RUN = 'bbbbbbbbbbbbbbbb';
const NOW = Date.parse('2011-12-10T00:00:00Z');
const AUTO: FoldSettings = { fold: 'auto', foldSeconds: 300 };

let output: MemoryStore;
beforeEach(() => {
  output = new MemoryStore('/memory');
});

const inputOf = (mib: number): InputSize => ({ objects: 1, bytes: mib * MIB });

const decide = (mib: number, { job = MF, ...settings }: Partial<FoldSettings> & { job?: AnyJob } = {}) =>
  decideFold(
    { job, client: 'shop', settings: job.settings.parse({}), input: inputOf(mib), shards: undefined, output, run: RUN },
    { ...AUTO, ...settings },
    NOW,
  );

describe('the decision to fold', () => {
  test('A small run of a measured job folds, and a large one does not', async () => {
    expect(await decide(1)).toMatchObject({ folds: true, why: expect.stringContaining('foldSeconds is 300') });
    expect(await decide(100_000)).toMatchObject({ folds: false, why: expect.stringContaining('predicted to') });
  });

  test('The settings keep a run from folding', async () => {
    expect(await decide(1, { fold: 'never' })).toEqual({ folds: false, why: 'its setting fold is never' });
    expect(await decide(20, { foldSeconds: 1 })).toMatchObject({
      folds: false,
      why: expect.stringContaining('foldSeconds is 1'),
    });
  });

  test('After a run that gave up, only a run of less than half its size folds', async () => {
    const end = await noteBegin(output, { job: MF.name, client: 'shop', id: OTHER_RUN }, 4 * MIB, NOW);
    await end({ gaveUp: true });
    expect(await decide(1)).toMatchObject({ folds: true });
    expect(await decide(2)).toEqual({
      folds: false,
      why: 'one process was too small for 4.0 MiB of text, so a run folds below half of that',
    });
  });

  test('A job that was not measured folds by a small input, and by a larger one only after a run of it for this client', async () => {
    const job = { ...MF, name: 'unheard-of' };
    expect(await decide(16, { job })).toMatchObject({ folds: true });
    expect(await decide(17, { job })).toMatchObject({ folds: false, why: expect.stringContaining('was not measured') });
    const usage: RunUsage = {
      job: job.name,
      version: job.version,
      input: inputOf(17),
      shards: null,
      threads: null,
      steps: [
        {
          step: 'solve',
          memoryMb: 3008,
          invocations: 1,
          seconds: 10,
          peakMemoryMb: 200,
          ...noTraffic(),
          reads: {},
        },
      ],
    };
    await output.put(runFolder(job.name, 'shop', OTHER_RUN) + USAGE_KEY, JSON.stringify(usage));
    expect(await decide(17, { job })).toMatchObject({ folds: true });
    expect(await decide(680, { job })).toMatchObject({ folds: false });
  });
});

describe('configuring a run', () => {
  /** Configures a run of a job that was not measured. */
  async function configured(more: Partial<HandlerEnvironment>, settings = {}, cloud = new ToyCloud()) {
    await cloud.putActions('shop', DAY, 'one\n', 'two\n');
    const input = { client: 'shop', settings: { ...TOY_SETTINGS, ...settings } };
    const environment = { ...cloud.environment, ...more };
    const ref = await handlersOf(toyJob).configure!({ input, requestedAt: '2012-01-01T00:00:00Z' }, environment);
    return { ref: ref as RunRef, cloud };
  }

  test('A run folds where a function can fold it, and its id is the same', async () => {
    const first = await configured({ mayFold: true });
    expect(first.ref).toMatchObject({ folds: true, published: false });
    await foldRun(toyJob, first.ref, first.cloud.environment);
    const { ref } = await configured({ mayFold: true }, { rank: 7 }, first.cloud);
    expect(ref).toMatchObject({ folds: true });
    expect((await configured({ mayFold: true }, { rank: 7, fold: 'never' }, first.cloud)).ref).toEqual({
      ...ref,
      folds: false,
    });
    expect((await configured({}, { rank: 7 }, first.cloud)).ref).toMatchObject({ folds: false });
    expect((await configured({ mayFold: true }, {}, first.cloud)).ref).toMatchObject({ folds: false, published: true });
  });
});
