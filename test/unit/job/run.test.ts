import { describe, expect, test } from 'vitest';
import { fixPlan, openRun, type Plan, type RunRef, runId, runPrefix } from '../../../shared/job/run.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { contents } from '../../helpers/store-texts.ts';
import { DAY, ToyCloud, toyJob } from './toy-job.ts';

const INPUTS = [
  { key: 'shop/actions/1/part-0', size: 5, etag: 'a' },
  { key: 'shop/actions/1/part-1', size: 6, etag: 'b' },
];
const SETTINGS = { rank: 8, seed: 1 };

const refOf = (id: string, planName: string): RunRef => ({
  job: toyJob.name,
  client: 'shop',
  day: DAY,
  id,
  build: 'local',
  plan: planName,
  input: '/in',
  output: '/out',
  activation: null,
  live: null,
  notActivated: null,
  keepVersions: 7,
  gate: 'enforce',
  goesLive: false,
  dayFolderIsNamed: false,
  requestedAt: '2012-01-01T00:00:00Z',
  published: false,
  inPlace: false,
  done: false,
  folds: false,
});

describe('the id of a run', () => {
  const id = runId(toyJob, 'shop', DAY, SETTINGS, INPUTS);

  test('The same job, client, day, settings and inputs have the same id, in any order of settings', () => {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(runId(toyJob, 'shop', DAY, { seed: 1, rank: 8 }, structuredClone(INPUTS))).toBe(id);
  });

  const [first, second] = INPUTS as [(typeof INPUTS)[0], (typeof INPUTS)[0]];
  test.each([
    ['the version', runId({ ...toyJob, version: 2 }, 'shop', DAY, SETTINGS, INPUTS)],
    ['the job', runId({ ...toyJob, name: 'other' }, 'shop', DAY, SETTINGS, INPUTS)],
    ['the client', runId(toyJob, 'Shop', DAY, SETTINGS, INPUTS)],
    ['the existence of a client', runId(toyJob, null, DAY, SETTINGS, INPUTS)],
    ['the day', runId(toyJob, 'shop', DAY + 1, SETTINGS, INPUTS)],
    ['the settings', runId(toyJob, 'shop', DAY, { ...SETTINGS, rank: 9 }, INPUTS)],
    ['the ETags', runId(toyJob, 'shop', DAY, SETTINGS, [first, { ...second, etag: 'c' }])],
    ['the sizes', runId(toyJob, 'shop', DAY, SETTINGS, [first, { ...second, size: 7 }])],
    ['the keys', runId(toyJob, 'shop', DAY, SETTINGS, [first, { ...second, key: 'part-2' }])],
    ['the number of inputs', runId(toyJob, 'shop', DAY, SETTINGS, [first])],
  ])('The id depends on %s', (_what, other) => {
    expect(other).not.toBe(id);
  });
});

describe('plans of runs', () => {
  const prefix = runPrefix(toyJob.name, 'shop', '0123456789abcdef');
  const plan = (shards: number | null): Plan => ({
    job: toyJob.name,
    version: 1,
    client: 'shop',
    day: DAY,
    settings: SETTINGS,
    shards,
    inputs: INPUTS.map(({ key, size, etag }) => [key, size, etag] as const),
  });

  test('The first plan that is written counts', async () => {
    const store = new MemoryStore();
    expect(await fixPlan(store, prefix, plan(null))).toBe('planned-v2');
    const before = await contents(store);
    expect(Object.keys(before)).toEqual([`${prefix}plans/planned-v2.json`]);
    expect(await fixPlan(store, prefix, { ...plan(null), settings: { rank: 9 } })).toBe('planned-v2');
    expect(await contents(store)).toEqual(before);
  });

  test('A requested number of shards has a plan of its own, and a run without one takes the existing plan', async () => {
    const store = new MemoryStore();
    expect(await fixPlan(store, prefix, plan(7))).toBe('7-shards-v2');
    expect(await fixPlan(store, prefix, plan(null))).toBe('7-shards-v2');
    expect(await fixPlan(store, prefix, plan(2))).toBe('2-shards-v2');
    expect(await fixPlan(store, prefix, plan(7))).toBe('7-shards-v2');
    expect(Object.keys(await contents(store))).toHaveLength(2);
  });

  test('A handler opens its run from the plan', async () => {
    const cloud = new ToyCloud();
    const id = '0123456789abcdef';
    const ref = refOf(id, await fixPlan(cloud.store('/out'), prefix, plan(7)));
    const run = await openRun(ref, cloud.environment.openStore, 512, cloud.environment.log);
    expect(run).toMatchObject({ id, client: 'shop', day: DAY, settings: SETTINGS, inputs: INPUTS, shards: 7 });
    expect(run.work.prefix).toBe(prefix);
    expect(run.input.root).toBe('/in');
  });

  test('A plan that could not be read is read again by the next invocation', async () => {
    const cloud = new ToyCloud();
    const id = 'ffffffffffffffff';
    const ref = refOf(id, 'planned-v2');
    const open = () => openRun(ref, cloud.environment.openStore, 512, cloud.environment.log);
    await expect(open()).rejects.toThrow('is gone, and a later step needs it');
    await fixPlan(cloud.store('/out'), runPrefix(toyJob.name, 'shop', id), plan(null));
    expect((await open()).id).toBe(id);
  });
});
