/** A search on a deployed pipeline: real trainings behind a simulated one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { refusePlaces } from '../../../cli/remote/own-places.ts';
import { placeIn } from '../../../cli/remote/tune.ts';
import { checkedSpace, type TuneOptions, tuneRequestOf } from '../../../cli/tune-options.ts';
import { jobNamed } from '../../../functions/index.ts';
import { configNode } from '../../../shared/activation/nodes.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import { readSettingsChanges } from '../../../shared/tuning/apply.ts';
import { type Finding, findingOf } from '../../../shared/tuning/finding.ts';
import { type TuneResult, tune } from '../../../shared/tuning/tune.ts';
import { filesBelow } from '../../helpers/files-below.ts';
import { writeShopOfGroups } from '../../helpers/shop-of-groups.ts';
import { SimulatedDeployment } from '../../helpers/simulated-deployment.ts';

const DAY = 15_317;
const DAYS = 3;
const job = jobNamed('similar-items');
const OPTIONS: TuneOptions = {
  client: 'shop',
  startDay: String(DAY),
  days: String(DAYS),
  holdoutDays: 1,
  trials: 4,
  seed: 1,
  testUsers: 200,
  workers: 1,
  env: 'dev',
};
const SETTINGS = { startDay: OPTIONS.startDay, days: OPTIONS.days };
/** With one similar item, the client's lists are short. */
const NODE = '{"limit": 1, "jdbc": "jdbc:mysql://h/d?user=u&password=hush", "itemType": 1}';
const KEY = configNode('shop', job.name).slice(1);

async function deployment(pool: WorkerPool): Promise<SimulatedDeployment> {
  const made = new SimulatedDeployment(pool);
  writeShopOfGroups(made.root, { day: DAY, days: DAYS + 2, users: 150 });
  await made.config.put(KEY, NODE);
  return made;
}

const quiet = { say: () => undefined, now: () => undefined };

/** Searches as the command does. @param pause may end the command by an error, as Ctrl-C does */
async function tuned(remote: SimulatedDeployment, pause: () => Promise<unknown> = () => sleep(2)) {
  const place = await placeIn(remote, job, 'shop', { settings: SETTINGS }, pause);
  const space = checkedSpace(job, OPTIONS);
  const request = {
    ...tuneRequestOf(job, space, place.settings, { settings: SETTINGS }, OPTIONS),
    // The sample of the first rung.
    leastUsers: 75,
  };
  const result = await place.withRunner((runner) => tune(request, runner, quiet));
  return { place, result, finding: findingOf(job, request, result, place.text) };
}

/** Returns what a search has found without what it took. */
const foundIn = ({ spent: _, ...found }: TuneResult) => found;

describe('A whole search', () => {
  const pool = new WorkerPool(2, 512);
  let remote: SimulatedDeployment;
  let whole: { result: TuneResult; finding: Finding };
  beforeAll(async () => {
    remote = await deployment(pool);
    whole = await tuned(remote);
    return () => pool[Symbol.asyncDispose]();
  });

  test('Executions of the deployed machines train in the root of the search, on a sample and on all users', () => {
    const { rungs, winner } = whole.result;
    expect(rungs).toEqual([
      { share: 0.5, trials: 4 },
      { share: 1, trials: expect.any(Number) },
    ]);
    expect(winner.point.limit).toBeGreaterThan(1);
    expect(new Set(remote.started.map(({ machine }) => machine))).toEqual(new Set(['similar-items', 'evaluate']));
    const roots = remote.started.map(({ input }) => String(input.settings?.outputPath).split('/').at(-1));
    expect([...new Set(roots)]).toEqual(['rung-1', 'rung-2', 'final']);
    for (const { input } of remote.started)
      expect(input).toMatchObject({ client: 'shop', settings: { activate: false } });
  });

  test('No more runs are under way than the environment allows, and each is started once', () => {
    expect(remote.mostAtOnce).toBe(2);
    const names = remote.started.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !name.endsWith('-1'))).toEqual([]);
  });

  test('Only the state of the search stays, and a second call starts nothing', async () => {
    expect(filesBelow(remote.root).filter((file) => file.startsWith('.work/'))).toEqual([
      expect.stringMatching(/^\.work\/tune\/shop\/search-[0-9a-f]{16}\/search\.json$/),
    ]);
    const { length } = remote.started;
    expect(foundIn((await tuned(remote)).result)).toEqual(foundIn(whole.result));
    expect(remote.started).toHaveLength(length);
  });

  test('No request, no state and no report has a secret', () => {
    expect(JSON.stringify(remote.started)).not.toContain('hush');
    expect(JSON.parse(whole.finding.node)).toMatchObject({ limit: whole.result.winner.point.limit, jdbc: '***' });
  });

  test('A search that was stopped goes on: it joins what is running, and starts nothing twice', async () => {
    const other = await deployment(pool);
    // The command ends while its second and third execution are running.
    const stop = async () => {
      if (other.started.length >= 3) throw new Error('stopped');
      await sleep(2);
    };
    await expect(tuned(other, stop)).rejects.toThrow('stopped');
    const { result } = await tuned(other);
    expect(foundIn(result)).toEqual(foundIn(whole.result));
    expect(other.started.map(({ name }) => name).toSorted()).toEqual(remote.started.map(({ name }) => name).toSorted());
  });

  test('A trial that fails because of its settings is the worst, and another error ends the search', async () => {
    const other = await deployment(pool);
    const limit = whole.result.trials.at(-1)!.point.limit;
    const fails = (name: string) => (machine: string, input: { settings?: Readonly<Record<string, unknown>> }) =>
      machine === job.name && input.settings?.limit === limit ? { name, message: 'too large' } : undefined;
    other.failure = fails('AccessDeniedError');
    await expect(tuned(other)).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringMatching(/^trial .*: too large$/),
    });
    other.failure = fails('LimitError');
    const { result } = await tuned(other);
    expect([...result.failures.values()]).toContain('too large');
    expect(result.winner.point.limit).not.toBe(limit);
  });
});

describe('The node', () => {
  test('is set by the function, keeps its secret, and is left alone when somebody has changed it', async () => {
    await using pool = new WorkerPool(1, 512);
    const remote = await deployment(pool);
    const place = await placeIn(remote, job, 'shop', { settings: SETTINGS }, async () => undefined);
    expect(place.settings).toMatchObject({ limit: 1, startDay: DAY, days: DAYS, outputPath: remote.root });
    await expect(place.apply({ limit: 0 }, 'it is better')).rejects.toThrow(/limit is 0/);
    await expect(place.apply({ keepVersions: 1 }, 'it is better')).rejects.toThrow(/no setting that a search/);
    await place.apply({ limit: 50, unit: 'session' }, 'it is better');
    const set = JSON.parse(new TextDecoder().decode((await remote.config.get(KEY)).bytes));
    expect(set).toEqual({ ...JSON.parse(NODE), limit: 50, unit: 'session' });
    const changes = await readSettingsChanges(await openStore(remote.root), 'shop', 'similar-items');
    expect(changes).toMatchObject([{ because: 'it is better', when: '2026-01-01T00:00:00.000Z' }]);
    expect(JSON.stringify(changes)).not.toContain('hush');
    await expect(place.apply({ limit: 60 }, 'again')).rejects.toThrow('was changed since the search read it');
  });

  test('that does not exist is a warning, and is made', async () => {
    await using pool = new WorkerPool(1, 512);
    const remote = new SimulatedDeployment(pool);
    const asked = () => placeIn(remote, job, 'shop', { settings: SETTINGS }, async () => undefined);
    await expect(asked()).rejects.toMatchObject({ name: 'UnknownClientError' });
    await remote.config.put(configNode('shop', 'tagaffinity').slice(1), '{}');
    const place = await asked();
    expect(place.warnings).toEqual([expect.stringMatching(/there is no configuration at .*similar-items/)]);
    expect(place.text).toBeUndefined();
    await place.apply({ limit: 50, unit: null }, 'it is better');
    expect(JSON.parse(new TextDecoder().decode((await remote.config.get(KEY)).bytes))).toEqual({ limit: 50 });
  });

  test('A wrong value in it is refused without its secret', async () => {
    await using pool = new WorkerPool(1, 512);
    const remote = new SimulatedDeployment(pool);
    await remote.config.put(KEY, '{"limit": 0, "jdbc": "jdbc:mysql://h/d?password=hush"}');
    const refused = placeIn(remote, job, 'shop', { settings: SETTINGS }, async () => undefined);
    await expect(refused).rejects.toThrow(/limit is 0 in .*similar-items/);
    await expect(refused).rejects.not.toThrow(/hush/);
  });
});

test('Roots and configuration are those of the environment', () => {
  expect(() => refusePlaces({ configRoot: '/c' })).toThrow('--config-root cannot be given with --env');
});
