/** `offline recommend` and `offline similar` as a user calls them, on a small shop with ids of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Recommended } from '../../shared/answers/recommend.ts';
import type { Similar } from '../../shared/answers/similar.ts';
import { uniform, writeActionLines } from '../../shared/example/actions.ts';
import { dateOf } from '../../shared/in-words.ts';
import { parseFactors } from '../../shared/model/factor-text.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { type Ended, offline } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { referenceBestItems } from '../reference/best-items.ts';

const LAST = 15_317;
const DAYS = 2;
const USERS = 30;
const ITEMS = 12;
/** An item of actions of a type without a value, which has no vector. */
const SEEN_ONLY = 40;
/** A user who has only such actions. */
const LOOKER = 77;
/** A user whose own id is written like the id of nobody. */
const NAMED_LIKE_AN_ID = { user: 3, text: '5003' };

/** The length of the lists. */
const COUNT = 4;

const models = temporaryFolder();
const catalogue = join(models, 'items.ndjson');
const met = new Map<number, Set<number>>();

function line(day: number, user: number, item: number, type: number): string {
  met.set(user, (met.get(user) ?? new Set()).add(item));
  return JSON.stringify({
    timestamp_utc: `${dateOf(day)}T10:00:00Z`,
    client: 'shop',
    client_userid: user === NAMED_LIKE_AN_ID.user ? NAMED_LIKE_AN_ID.text : `user-${user}`,
    userid: user,
    itemid: item,
    client_itemid: `SKU-${item}`,
    type,
  });
}

const nodes = {
  '/all_clients/shop/offline/matrix-factorization': JSON.stringify({
    inputPath: models,
    outputPath: models,
    days: DAYS,
    rank: 4,
    activate: true,
  }),
};
const config = configFolderWith(nodes);

/** Asks with the configuration root. */
const ask = (...args: readonly string[]): Promise<Ended> =>
  offline([...args, '--client', 'shop', '--config-root', config]);

async function answer<T>(...args: readonly string[]): Promise<T> {
  const ended = await ask(...args, '--json');
  expect(ended.stderr).toBe('');
  return JSON.parse(ended.stdout) as T;
}

beforeAll(async () => {
  for (let day = LAST - DAYS + 1; day <= LAST; day++) {
    const random = uniform(day);
    const lines = Array.from({ length: USERS }, (_, at) => at + 1).flatMap((user) =>
      [1, 2, 3].map(() => line(day, user, 1 + (user % 2) * (ITEMS / 2) + Math.floor((ITEMS / 2) * random()), 1)),
    );
    writeActionLines(models, 'shop', day, [...lines, line(day, 1, SEEN_ONLY, 9), line(day, LOOKER, SEEN_ONLY, 9)]);
    writeFileSync(join(models, 'shop/actions', String(day), '_SUCCESS'), '');
  }
  writeFileSync(
    catalogue,
    `${JSON.stringify({ itemid: 2, name: 'Lamp' })}\n${JSON.stringify({ itemid: 7, name: 'Vase' })}\n`,
  );
  const run = ['run', 'matrix-factorization', '--client', 'shop', '--start-day', String(LAST), '--workers', '2'];
  const ended = await offline([...run, '--config-root', config]);
  expect(ended.status, ended.stderr).toBe(0);
  const lists = ['run', 'recommendations', '--client', 'shop', '--start-day', String(LAST), '--workers', '2'];
  const listed = await offline([...lists, '--input-path', models, '--output-path', models, '--set', `limit=${COUNT}`]);
  expect(listed.status, listed.stderr).toBe(0);
  const similar = ['run', 'similar-items', '--client', 'shop', '--start-day', String(LAST), '--days', String(DAYS)];
  const made = await offline([...similar, '--workers', '2', '--input-path', models, '--output-path', models]);
  expect(made.status, made.stderr).toBe(0);
});

describe('offline recommend', () => {
  test('gives what the published factors give, less what the user met, with names and own ids', async () => {
    const given = await answer<Recommended>(
      'recommend',
      '--user',
      '1',
      '--count',
      '4',
      '--items-path',
      catalogue,
      '--client-ids',
    );
    const factors = (name: string) => parseFactors(readFileSync(join(given.model.location, name)));
    const [users, items] = [factors('userFeatures.txt'), factors('productFeatures.txt')];
    const row = users.ids.indexOf(1);
    const rank = users.rank;
    const seen = Uint32Array.from([...items.ids.keys()].filter((at) => met.get(1)!.has(items.ids[at]!)));
    const vector = users.factors.subarray(row * rank, (row + 1) * rank);
    const best = referenceBestItems(items, vector, { starts: Uint32Array.of(0, seen.length), items: seen }, COUNT);
    expect(given).toMatchObject({
      client: 'shop',
      user: 1,
      clientUser: 'user-1',
      model: { job: 'matrix-factorization', day: LAST, date: '2011-12-09', isLive: true },
      window: { from: LAST - DAYS + 1, to: LAST },
      met: met.get(1)!.size,
    });
    const names = new Map([
      [2, 'Lamp'],
      [7, 'Vase'],
    ]);
    expect(given.items).toEqual(
      Array.from(best.items, (at, place) => {
        const item = items.ids[at]!;
        return { item, clientItem: `SKU-${item}`, name: names.get(item) ?? null, score: best.scores[place] };
      }),
    );
  });

  test('gives the list that the job recommendations wrote', async () => {
    const lines = readFileSync(join(models, 'shop/recommendations', String(LAST), 'part-00000'), 'utf8');
    const given = await answer<Recommended>('recommend', '--user', '2', '--count', String(COUNT));
    const list = given.items.map(({ item, score }) => [item, score]);
    expect(lines).toContain(`${JSON.stringify({ user: 2, items: list, from: 'model' })}\n`);
    expect(list.length).toBe(COUNT);
  });

  test('finds the user by the own id, and fits the answer into a narrow terminal', async () => {
    const args = ['recommend', '--client', 'shop', '--client-user', 'user-8', '--client-ids'];
    const ended = await offline([...args, '--output-path', models, '--items-path', catalogue], {
      env: { COLUMNS: '60' },
    });
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(/^shop, user user-8 \(8\): matrix-factorization of 2011-12-09\n\(15317\), live\n/);
    expect(ended.stdout).toContain('that the user met on the 2 days from 2011-12-08 to\n  2011-12-09 are left out.');
    expect(ended.stdout).toMatch(/\n {5}own id {2}(name {2})? *score\n {2}1 {2}SKU-\d+/);
    expect(Math.max(...ended.stdout.split('\n').map((text) => text.length))).toBeLessThanOrEqual(60);
  });

  test.each([
    {
      why: 'only had actions without a value',
      args: ['--user', String(LOOKER)],
      says: `user ${LOOKER} is not in the model of matrix-factorization of 2011-12-09 (15317): the user has 2 actions of type 9 on the 2 days from 2011-12-08 to 2011-12-09, and a user needs a score above zero, which actions of type 1 give (actionWeightings). The nearest ids in the model are 30, 29, 28\n`,
    },
    {
      why: 'is the own id of another one',
      args: ['--user', NAMED_LIKE_AN_ID.text],
      says: `the user has no action on the 2 days from 2011-12-08 to 2011-12-09, which the model read. 5003 is the client's own id of user 3: ask with --client-user 5003. The nearest ids`,
    },
    {
      why: 'has no such own id, which is an id',
      args: ['--client-user', '12'],
      says: 'shop has no user with the own id "12" on the 2 days from 2011-12-08 to 2011-12-09, which the model read. 12 is the id of the user "user-12": ask with --user 12',
    },
    {
      why: 'has an own id that is like others',
      args: ['--client-user', 'User-31'],
      says: 'Own ids like it: "user-1", "user-11", "user-13"',
    },
  ])('says why it has nothing for a user who $why', async ({ args, says }) => {
    const ended = await ask('recommend', ...args);
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).toMatch(/^UnknownIdError: /);
    expect([ended.status, ended.stdout]).toEqual([1, '']);
  });

  test('finds the actions below --output-path when no node names them', async () => {
    const node = { '/all_clients/shop/offline/matrix-factorization': JSON.stringify({ days: DAYS }) };
    const args = ['recommend', '--client', 'shop', '--client-user', 'user-1', '--output-path', models, '--json'];
    const ended = await offline([...args, '--config-root', configFolderWith(node)]);
    expect(ended.stderr).toBe('warning: no model of matrix-factorization is live: its newest model is asked\n');
    expect(JSON.parse(ended.stdout)).toMatchObject({ user: 1, met: met.get(1)!.size });
  });

  test('refuses a question without a user, or with two', async () => {
    for (const args of [[], ['--user', '1', '--client-user', 'user-1']]) {
      const ended = await ask('recommend', ...args);
      expect([ended.status, ended.stderr]).toEqual([
        2,
        'UsageError: which user? Give either --user <id> or --client-user <id>\n',
      ]);
    }
  });
});

describe('offline similar', () => {
  test('gives the published rows of the item, and says that its newest model is asked when none is live', async () => {
    const ended = await ask('similar', '--item', '2', '--count', '3', '--json', '--output-path', models);
    expect(ended.stderr).toBe('warning: no model of similar-items is live: its newest model is asked\n');
    const given = JSON.parse(ended.stdout) as Similar;
    const rows = readFileSync(join(given.model.location, 'part-00000'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { item1: number; item2: number; sim: number })
      .filter(({ item1, item2 }) => item1 === 2 || item2 === 2)
      .map(({ item1, item2, sim }) => ({ item: item1 === 2 ? item2 : item1, name: null, score: sim }))
      .sort((a, b) => b.score - a.score || a.item - b.item);
    expect(given).toMatchObject({ item: 2, measure: 'similarity', model: { job: 'similar-items', isLive: false } });
    expect(given.items).toEqual(rows.slice(0, 3));
  });

  test('names the model that knows the item when another one is asked', async () => {
    const ended = await ask('similar', '--client-item', 'SKU-2', '--by', 'word2vec');
    expect([ended.status, ended.stderr]).toEqual([
      1,
      `MissingObjectError: shop has no published model of word2vec in ${models}. Other models know which items are alike: ask with --by matrix-factorization or --by similar-items\n`,
    ]);
  });

  test('says how often an item without a vector was met', async () => {
    const ended = await ask('similar', '--item', String(SEEN_ONLY), '--by', 'matrix-factorization');
    expect(ended.stderr).toContain(
      '2 users met the item 4 times on the 2 days from 2011-12-08 to 2011-12-09, and an item needs a score above zero',
    );
    expect(ended.status).toBe(1);
  });

  test('shows the item’s name and its own id', async () => {
    const ended = await ask(
      ...[
        'similar',
        '--client-item',
        'SKU-2',
        '--by',
        'matrix-factorization',
        '--client-ids',
        '--items-path',
        catalogue,
      ],
    );
    expect(ended.stdout).toMatch(
      /^shop, items like item SKU-2 \(2\) \(Lamp\): matrix-factorization of 2011-12-09 \(15317\), live\n/,
    );
    expect(ended.status).toBe(0);
  });
});
