/** `offline tune` on a small shop: real trainings and evaluations, and a search that is killed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { localRunner } from '../../cli/local/local-runner.ts';
import { WorkerPool } from '../../cli/local/pool.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import type { Runner } from '../../shared/evaluation/trainings.ts';
import { tune } from '../../shared/tuning/tune.ts';
import type { TuneRequest } from '../../shared/tuning/tune-request.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { offline } from '../helpers/offline.ts';
import { writeShopOfGroups } from '../helpers/shop-of-groups.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
const DAYS = 6;
const HOLDOUT = 2;
const USERS = 240;

const actionsRoot = temporaryFolder();
beforeAll(() => writeShopOfGroups(actionsRoot, { day: DAY, days: DAYS + 2 * HOLDOUT, users: USERS }));

const job = jobNamed('matrix-factorization');
const requestIn = (root: string, more: Partial<TuneRequest> = {}): TuneRequest => ({
  job,
  jobs: JOBS,
  client: 'shop',
  root,
  actionsRoot,
  startDay: DAY,
  days: DAYS,
  holdoutDays: HOLDOUT,
  dimensions: [
    { kind: 'choice', setting: 'rank', values: [2, 4, 8] },
    { kind: 'real', setting: 'lambda', from: 0.01, to: 10 },
  ],
  known: [],
  settings: job.settings.parse({ iterations: 2, rank: 2, lambda: 10 }),
  configOf: () => ({}),
  count: 5,
  budget: undefined,
  seed: 1,
  testUsers: 200,
  leastUsers: 100,
  skipUnfinishedDays: false,
  requestedAt: '2011-12-10T00:00:00Z',
  ...more,
});

const quiet = { say: () => undefined, now: () => undefined };

/** Tunes, and counts the runs of each trial. The run of this number, from 1, fails. */
async function tuned(request: TuneRequest, failsAt = Number.POSITIVE_INFINITY) {
  await using pool = new WorkerPool(2, 512);
  const runner = localRunner(pool);
  const ran: string[] = [];
  const watched: Runner = {
    ...runner,
    run: (one, input, name) => {
      ran.push(`${name} ${input.settings?.outputPath}`);
      if (ran.length === failsAt) throw new Error('killed');
      return runner.run(one, input, name);
    },
  };
  const result = tune(request, watched, quiet);
  return { result: await result.catch((error: Error) => error), ran };
}

describe('a search', () => {
  const root = temporaryFolder();
  let whole: Awaited<ReturnType<typeof tuned>>;

  beforeAll(async () => {
    whole = await tuned(requestIn(root));
  });

  test('A tenth, and in small shops more, then all users are sampled, and the winner is judged on later days', () => {
    if (whole.result instanceof Error) throw whole.result;
    const { rungs, users, lastRung, final, winner, toDefaults } = whole.result;
    expect(users).toBe(USERS);
    expect(rungs).toEqual([
      { share: 100 / 240, trials: 5 },
      { share: 1, trials: expect.any(Number) },
    ]);
    expect([lastRung.train, lastRung.test]).toEqual([
      { from: DAY - 9, to: DAY - 4 },
      { from: DAY - 3, to: DAY - 2 },
    ]);
    expect([final.train, final.test]).toEqual([
      { from: DAY - 7, to: DAY - 2 },
      { from: DAY - 1, to: DAY },
    ]);
    expect(lastRung.cutoff).toBe(100);
    const names = final.scorers.map(({ name }) => name);
    expect(names).toContain('matrix-factorization');
    expect(names).toContain(winner.name);
    expect(final.scorers.find(({ name }) => name === winner.name)?.against).toHaveProperty('matrix-factorization');
    expect(toDefaults?.scorers.map(({ name }) => name)).toContain(winner.name);
  });

  test('Nothing stays but the state of the search, and the client’s root is left alone', () => {
    const files = filesBelow(root);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(/^\.work\/tune\/shop\/search-[0-9a-f]{16}\/search\.json$/);
    expect(readdirSync(join(actionsRoot, 'shop'))).toEqual(['actions']);
  });

  test('A search that has ended answers at once', async () => {
    const again = await tuned(requestIn(root));
    expect(again.ran).toEqual([]);
    if (whole.result instanceof Error) throw whole.result;
    const { spent: _spent, ...expected } = whole.result;
    expect(again.result).toMatchObject(expected);
  });

  test('A search that is killed goes on: no trial is trained twice, and the winner is the same', async () => {
    const other = temporaryFolder();
    const killed = await tuned(requestIn(other), 4);
    expect(killed.result).toBeInstanceOf(Error);
    const resumed = await tuned(requestIn(other));
    if (whole.result instanceof Error || resumed.result instanceof Error) throw resumed.result;
    const { winner, final, ranked } = whole.result;
    expect(resumed.result).toMatchObject({ winner, final, ranked });
    // The settings keep the order of the space, which is not alphabetical.
    const again = await tuned(requestIn(other));
    if (again.result instanceof Error) throw again.result;
    for (const { result } of [whole, resumed, again]) {
      expect(JSON.stringify({ ...result, search: '', spent: {} })).toBe(
        JSON.stringify({ ...whole.result, search: '', spent: {} }),
      );
    }
    expect(Object.keys(winner.point)).toEqual(['rank', 'lambda']);
    // The fourth run failed, and is the only one that is run again.
    expect(killed.ran.length - 1 + resumed.ran.length).toBe(whole.ran.length);
  });
});

describe('the command', () => {
  const common = [
    'tune',
    'similar-items',
    '--client',
    'shop',
    '--start-day',
    String(DAY),
    '--days',
    String(DAYS),
    '--holdout-days',
    '2',
  ];

  test('Prints the winner and writes it into the node, whose old text stays in the history', async () => {
    const output = temporaryFolder();
    const before = '{"limit": 1, "itemType": 1}';
    const config = configFolderWith({
      'all_clients/shop/offline/similar-items': before,
    });
    const places = ['--input-path', actionsRoot, '--output-path', output, '--config-root', config];
    const { status, stdout, stderr } = await offline([...common, ...places, '--trials', '3', '--apply', '--json']);
    expect(stderr).not.toContain('Error');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    // With one similar item, a user's list is short.
    expect(result).toMatchObject({ verdict: 'better', applied: true, node: { itemType: 1 } });
    expect(result.toClient.low).toBeGreaterThan(0);
    const node = readFileSync(join(config, 'all_clients/shop/offline/similar-items'), 'utf8');
    expect(JSON.parse(node)).toEqual(result.node);
    const history = JSON.parse(readFileSync(join(output, 'shop/models/similar-items/_history.json'), 'utf8'));
    expect(history.settings).toMatchObject([{ by: 'tune', before, after: node, because: result.because }]);
  });
});
