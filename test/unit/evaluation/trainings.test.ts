/** Trainings of an evaluation: real runs on worker threads, in a root of their own beside the client's. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { localRunner } from '../../../cli/local/local-runner.ts';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { JOBS } from '../../../functions/index.ts';
import {
  isTrained,
  type NotTrained,
  type Runner,
  type Trained,
  type TrainingRequest,
  trainVariants,
} from '../../../shared/evaluation/trainings.ts';
import { writeActions } from '../../../shared/example/actions.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const DAY = 15_317;
const actionsRoot = temporaryFolder();
const root = join(actionsRoot, '.work/evaluate/shop');

const SMALL = { iterations: 2, rank: 3 };
const request: TrainingRequest = {
  client: 'shop',
  root,
  actionsRoot,
  day: DAY,
  days: 2,
  jobs: JOBS,
  requestedAt: '2011-12-10T00:00:00Z',
  shards: 1,
  // This client's nodes fill a table and make models live. A training must do neither.
  configOf: ({ name }) =>
    name === 'similar-items'
      ? { config: { from: 'node', text: '{"jdbc":"secret:none","activate":true,"limit":5}' } }
      : { settings: { activate: true } },
  variants: [
    { name: 'matrix-factorization', job: 'matrix-factorization', settings: SMALL },
    { name: 'wide', job: 'matrix-factorization', settings: { ...SMALL, rank: 4 } },
    { name: 'same', job: 'matrix-factorization', settings: { ...SMALL, alpha: 1 } },
    { name: 'similar-items', job: 'similar-items', settings: {} },
    { name: 'word2vec', job: 'word2vec', settings: { vectorSize: 4, minWordCount: 1 } },
    { name: 'none', job: 'word2vec', settings: { vectorSize: 4, minWordCount: 1_000_000 } },
  ],
};

/** Trains, and returns the trainings and the names of the jobs that were run. */
async function train(more: Partial<TrainingRequest> = {}, change: (runner: Runner) => Partial<Runner> = () => ({})) {
  await using pool = new WorkerPool(2, 512);
  const runner = localRunner(pool);
  const ran: string[] = [];
  const watched: Runner = {
    ...runner,
    run: (job, input, name) => {
      ran.push(job.name);
      return runner.run(job, input, name);
    },
    ...change(runner),
  };
  return { trainings: await trainVariants({ ...request, ...more }, watched), ran };
}

beforeAll(() => {
  for (const day of [DAY - 1, DAY]) {
    writeActions(actionsRoot, 'shop', day, { users: 30, items: 12, actions: 400, parts: 1, seed: day });
  }
});

test('Every variant is trained in the root of the trainings, and a second call runs nothing', async () => {
  const { trainings, ran } = await train();
  expect(trainings.map(({ name }) => name)).toEqual(request.variants.map(({ name }) => name));
  const trained = trainings.filter(isTrained);
  expect(trained).toHaveLength(5);
  const [own, wide, same, similar, word2vec] = trained as [Trained, Trained, Trained, Trained, Trained];
  // Alpha is 1 by default, so this is the same run.
  expect(same.run).toBe(own.run);
  expect(wide.run).not.toBe(own.run);
  expect(ran.toSorted()).toEqual(
    [
      ...Array(2).fill('matrix-factorization'),
      'sessionitems',
      'similar-items',
      ...Array(2).fill('word2vec'),
    ].toSorted(),
  );
  for (const { folder } of trained) expect(readdirSync(join(root, folder))).toContain('_SUCCESS');
  expect(own.folder).toBe(`shop/models/mf/${DAY}-${own.run}/`);
  expect(own.manifest.settings).toMatchObject({ days: 2, startDay: DAY, rank: 3, iterations: 2 });
  expect(similar.manifest.settings).toMatchObject({ limit: 5 });
  expect(word2vec.manifest.settings).toMatchObject({ days: 1 });
  for (const { cpuMs } of [own, wide, similar, word2vec]) expect(cpuMs).toBeGreaterThan(0);

  const again = await train();
  // The training without vectors publishes nothing, so it ends with the same error again.
  expect(again.ran).toEqual(['word2vec']);
  expect(again.trainings.filter(isTrained)).toEqual(trained.map((one) => ({ ...one, cpuMs: 0, wasThere: true })));
});

test('Nothing is written outside of the root of the trainings', () => {
  expect(readdirSync(actionsRoot).toSorted()).toEqual(['.work', 'shop']);
  expect(readdirSync(join(actionsRoot, 'shop'))).toEqual(['actions']);
  expect(readdirSync(join(actionsRoot, '.work'))).toEqual(['evaluate']);
});

test('A variant that fails names its reason and stops no other', async () => {
  const { trainings } = await train();
  expect(trainings.filter((training) => !isTrained(training)) as NotTrained[]).toEqual([
    {
      name: 'none',
      job: 'word2vec',
      error: { name: 'EmptyModelError', message: expect.stringContaining('minWordCount') },
    },
  ]);
});

test('When a prerequisite fails, the variants that read it say so, and the others are trained', async () => {
  const broken = temporaryFolder();
  const { trainings, ran } = await train({ root: broken, variants: request.variants.slice(3, 5) }, (runner) => ({
    run: async (job, input, name) => {
      if (job.name === 'sessionitems') throw new Error('the disk is full');
      return runner.run(job, input, name);
    },
  }));
  expect(ran).toEqual([]);
  expect(trainings[0]).toMatchObject({ name: 'similar-items', wasThere: false });
  expect(trainings[1]).toEqual({
    name: 'word2vec',
    job: 'word2vec',
    error: {
      name: 'PipelineError',
      message: 'word2vec reads what sessionitems writes, and that failed: the disk is full',
    },
  });
});
