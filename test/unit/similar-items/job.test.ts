/** Tests the whole job against the reference on difficult input, in any number of shards. */
import { describe, expect, test } from 'vitest';
import { sessionId } from '../../../functions/similar-items/core-sessions.ts';
import { gapWarnings, settings as similaritySettings } from '../../../functions/similar-items/settings.ts';
import { EmptyModelError } from '../../../shared/errors.ts';
import { uniform } from '../../../shared/example/actions.ts';
import type { ReadAction } from '../../../shared/shuffle/user-actions.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';
import { DEFAULTS, linesOf, type SimilarityOptions, similarities } from '../../reference/similarity.ts';
import { publishedIn, similarItemsOver, storeOf } from './in-shards.ts';

const START = Date.UTC(2011, 11, 9);
const LARGE = 2 ** 33;

const action = (user: number, item: number, type = 1, timeMs = START): ReadAction => ({ user, item, type, timeMs });

/**
 * Returns actions of users of all sizes, with a few very popular items, many equal pairs, repetitions and ids above
 * 2^32.
 */
function hardActions(seed: number): ReadAction[] {
  const random = uniform(seed);
  const below = (limit: number) => Math.floor(limit * random());
  const actions: ReadAction[] = [];
  for (let user = 1; user <= 150; user++) {
    const count = user % 10 === 0 ? 60 : 1 + below(12);
    for (let n = 0; n < count; n++) {
      const item = below(3) === 0 ? below(4) : below(80);
      const id = item % 2 === 0 ? item : LARGE + item;
      actions.push(action(user % 3 === 0 ? LARGE + user : user, id, 1 + below(3), START + 1000 * below(86_400)));
    }
  }
  return actions;
}

const settingsOf = (options: Partial<SimilarityOptions>): SimilarityOptions => ({ ...DEFAULTS, ...options });

describe('comparison with the reference, byte by byte, with 1, 2 and 7 shards', () => {
  const cases: Readonly<Record<string, Partial<SimilarityOptions>>> = {
    exact: { dimsumThreshold: 0 },
    'exact with few partners, so that many ties are cut': { dimsumThreshold: 0, limit: 3 },
    'exact with one partner': { dimsumThreshold: 0, limit: 1 },
    'default settings': {},
    'DIMSUM that samples most items': { dimsumThreshold: 20, limit: 5, seed: 3 },
    'one type of action': { itemType: 2, dimsumThreshold: 0 },
    'a sample of the actions': { sample: 0.5, dimsumThreshold: 0, seed: 9 },
    'exact with sessions': { unit: 'session', dimsumThreshold: 0, limit: 5 },
    'DIMSUM with sessions of a type, in a sample, with filters': {
      unit: 'session',
      maxIntraSessionGapSecs: 7200,
      itemType: 2,
      sample: 0.9,
      minUsersPerItem: 2,
      maxUsersPerItem: 60,
      minItemsPerUser: 2,
      dimsumThreshold: 20,
      seed: 3,
    },
    // One type is compared, and all types count for the limit.
    'no users with many actions': { excludeUsersAbove: 9, itemType: 2, dimsumThreshold: 0 },
    'item and user filters': { minUsersPerItem: 5, maxUsersPerItem: 60, minItemsPerUser: 4, dimsumThreshold: 10 },
  };
  test.each(Object.entries(cases))('The output equals that of the reference: %s', async (_name, options) => {
    const actions = hardActions(5);
    const expected = linesOf(similarities(actions, settingsOf(options)));
    expect(expected.length).toBeGreaterThan(100);
    for (const shards of [1, 2, 7]) {
      const { text } = await similarItemsOver(await storeOf(actions), { ...options }, shards);
      expectSameBytes(text, expected, `the rows, ${shards} shards`);
    }
    const { text: planned } = await similarItemsOver(await storeOf(actions), { ...options });
    expectSameBytes(planned, expected, 'the rows, as planned');
  });
});

describe('filters', () => {
  // Item 1 has three users, items 2 and 3 have two, and item 4 has one.
  const actions = [
    action(1, 1),
    action(2, 1),
    action(3, 1),
    action(1, 2),
    action(2, 2),
    action(2, 3),
    action(3, 3),
    action(3, 4),
  ];
  const exact = { dimsumThreshold: 0 };
  const filtered = async (settings: Partial<SimilarityOptions>) => {
    const { text, counts } = await similarItemsOver(await storeOf(actions), { ...exact, ...settings });
    const pairs = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    return { pairs: pairs.map(({ item1, item2, sim }) => [item1, item2, Math.round(sim ** 2 * 36)]), counts };
  };

  test('Without filters the squared similarity is c² / (n₁ n₂), here in 36ths', async () => {
    const { pairs, counts } = await filtered({});
    // Pair 1 2 has two common users of three and two, so 4/6, and so has 1 3. Pair 1 4 has 1/3, 2 3 has 1/4, and 3 4
    // has 1/2.
    expect(pairs).toEqual([
      [1, 2, 24],
      [1, 3, 24],
      [1, 4, 12],
      [2, 3, 9],
      [3, 4, 18],
    ]);
    expect(counts).toEqual({ lines: 8, rejected: 0, notFinite: 0, users: 3, items: 4, pairs: 8, similarities: 5 });
  });

  test('minUsersPerItem and maxUsersPerItem are both inclusive', async () => {
    expect((await filtered({ minUsersPerItem: 2, maxUsersPerItem: 2 })).pairs).toEqual([[2, 3, 9]]);
    expect((await filtered({ minUsersPerItem: 2, maxUsersPerItem: 3 })).counts).toMatchObject({ items: 3, pairs: 7 });
  });

  test('minItemsPerUser counts the remaining items, and norms are computed afterwards', async () => {
    // Without item 4 the users have 1 2, 1 2 3 and 1 3. Only the second one remains, so each item has one user.
    const { pairs, counts } = await filtered({ minUsersPerItem: 2, minItemsPerUser: 3 });
    expect(pairs).toEqual([
      [1, 2, 36],
      [1, 3, 36],
      [2, 3, 36],
    ]);
    expect(counts).toMatchObject({ users: 1, items: 3, pairs: 3 });
  });

  test('An action counts once for its user, whatever its type, unless a type is configured', async () => {
    const twice = [...actions, action(1, 3, 2), action(1, 3, 2), action(1, 1, 2)];
    const { text } = await similarItemsOver(await storeOf(twice), { ...exact, itemType: 2 });
    expect(text).toBe('{"item1":1,"item2":3,"sim":1}\n');
  });
});

describe('sessions', () => {
  const at = (user: number, minute: number, item: number, type = 1) =>
    action(user, item, type, START + 60_000 * minute);
  // User 1 has the sessions 1 2, from minute 0 to 30, and 2 3. User 2 has 1 2 2 and 1. User 3 has only 3.
  const actions = [
    ...[at(1, 0, 2), at(1, 30, 1), at(1, 60.001, 3), at(1, 61, 2)],
    ...[at(2, 0, 2), at(2, 1, 1), at(2, 2, 2, 2), at(2, 500, 1)],
    at(3, 0, 3),
  ];
  const compared = async (settings: Partial<SimilarityOptions>, shards?: number) => {
    const over = await similarItemsOver(await storeOf(actions), { dimsumThreshold: 0, ...settings }, shards);
    const rows = over.text.split('\n').filter(Boolean);
    return {
      counts: over.counts,
      pairs: rows.map((row) => JSON.parse(row)).map(({ item1, item2, sim }) => [item1, item2, sim]),
    };
  };

  test('Items are alike that sessions share; a session ends after half an hour, to the millisecond', async () => {
    // Item 1 is in three sessions, item 2 in three, item 3 in two; two sessions share 1 2, and one shares 2 3.
    for (const shards of [1, 3]) {
      const { pairs, counts } = await compared({ unit: 'session' }, shards);
      expect(pairs).toEqual([
        [1, 2, 2 / 3],
        [2, 3, 1 / Math.sqrt(6)],
      ]);
      expect(counts).toMatchObject({ users: 3, sessions: 5, pairs: 8, items: 3, similarities: 2 });
    }
  });

  test('With whole users, items are alike that were never in one session, and no sessions are counted', async () => {
    const { pairs, counts } = await compared({});
    expect(pairs.map(([item1, item2]) => [item1, item2])).toEqual([
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(counts).not.toHaveProperty('sessions');
    expect(await compared({ unit: 'user' })).toEqual({ pairs, counts });
  });

  test('A negative gap makes one session of each user, so the similarities are those of users', async () => {
    const { pairs, counts } = await compared({ unit: 'session', maxIntraSessionGapSecs: -1 });
    expect(pairs).toEqual((await compared({})).pairs);
    expect(counts).toMatchObject({ users: 3, sessions: 3 });
  });

  test('Filters count sessions, and users count who have a session left', async () => {
    // Item 3 is in two sessions and is left out. The sessions with both other items are one of user 1 and one of user 2.
    const { pairs, counts } = await compared({ unit: 'session', minUsersPerItem: 3, minItemsPerUser: 2 });
    expect(pairs).toEqual([[1, 2, 1]]);
    expect(counts).toMatchObject({ users: 2, sessions: 2, pairs: 4, items: 2 });
    expect(
      (await compared({ unit: 'session', maxUsersPerItem: 2, minUsersPerItem: 2 }).catch(String)) as string,
    ).toContain('no session has two items');
  });

  test('An action that does not count does not keep a session going', async () => {
    // Items 1 and 2 are 50 minutes apart, with an action of another type between them. Items 5 and 6 keep the model from being empty.
    const apart = [at(1, 0, 1, 2), at(1, 25, 3, 1), at(1, 50, 2, 2), at(2, 0, 5, 2), at(2, 1, 6, 2)];
    const settings = { dimsumThreshold: 0, unit: 'session' };
    expect((await similarItemsOver(await storeOf(apart), settings)).counts).toMatchObject({ sessions: 2, items: 5 });
    const { text, counts } = await similarItemsOver(await storeOf(apart), { ...settings, itemType: 2 });
    expect(text).toBe('{"item1":5,"item2":6,"sim":1}\n');
    expect(counts).toMatchObject({ users: 2, sessions: 3, items: 4 });
  });

  test('DIMSUM draws the sessions of a user apart', () => {
    // With one number for all sessions of a user, all or none of their pairs would be drawn.
    const ids = new Set(Array.from({ length: 1000 }, (_, place) => sessionId(7, START + 1_800_001 * place)));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(Number.isSafeInteger(id) && id >= 0).toBe(true);
    expect(sessionId(7, START)).not.toBe(sessionId(8, START));
  });
});

describe('a gap without sessions', () => {
  const parsed = (settings: object) => gapWarnings(similaritySettings.parse(settings));
  test('A gap is warned of when it has no effect', () => {
    expect(parsed({ maxIntraSessionGapSecs: 60 })).toEqual([expect.stringContaining('set unit to session')]);
    expect(parsed({ maxIntraSessionGapSecs: 60, unit: 'session' })).toEqual([]);
    expect(parsed({})).toEqual([]);
  });
});

describe('empty models', () => {
  const some = [action(1, 1), action(1, 2), action(2, 1)];

  test.each([
    ['no action of the type', { itemType: 9 }, 'leave no item'],
    ['no item within the limits', { minUsersPerItem: 5 }, 'leave no item'],
    ['no action in the sample', { sample: 0 }, 'leave no item'],
    ['no user with two items', { minUsersPerItem: 2 }, 'no user has two items'],
    ['no user with three items', { minItemsPerUser: 3 }, 'no user has two items'],
  ])(
    'An empty model is refused with its reason, and the published one stays: there is %s',
    async (_name, settings, why) => {
      const store = await storeOf(some);
      const before = await similarItemsOver(store, {});
      expect(before.text).not.toBe('');
      const run = similarItemsOver(store, settings, 2);
      await expect(run).rejects.toThrow(why);
      await expect(run).rejects.toThrow(EmptyModelError);
      expect(await publishedIn(store)).toEqual(before);
    },
  );

  test('A model is refused when DIMSUM draws no pair', async () => {
    // γ = 10 ln 2 / 10⁶, so each item is drawn with probability 0.0008 for ten users.
    const actions = Array.from({ length: 20 }, (_, at) => action(1 + Math.floor(at / 2), 1 + (at % 2)));
    const run = similarItemsOver(await storeOf(actions), { dimsumThreshold: 1e6 });
    await expect(run).rejects.toThrow('a lower dimsumThreshold draws more');
  });
});

test('More than 2^20 lines are divided into two parts in order', async () => {
  // One user has 1600 items, so all similarities are 1, and an item keeps the 1000 smallest ids of the others. A pair
  // is therefore kept when its smaller id is at most 1000.
  const items = 1600;
  const actions = Array.from({ length: items }, (_, at) => action(1, at + 1));
  const [one, seven] = [
    await similarItemsOver(await storeOf(actions), { limit: 1000 }, 1),
    await similarItemsOver(await storeOf(actions), { limit: 1000 }, 7),
  ];
  const lines: string[] = [];
  for (let low = 1; low <= 1000; low++) {
    for (let high = low + 1; high <= items; high++) lines.push(`{"item1":${low},"item2":${high},"sim":1}\n`);
  }
  expectSameBytes(one.text, lines.join(''), 'the rows, 1 shard');
  expect(one.counts.similarities).toBe(lines.length);
  expect(one.parts.length).toBe(1 + Math.floor(lines.length / 2 ** 20));
  expect(one.parts.length).toBe(2);
  expect(one.parts.map((part) => part.split('\n').length - 1)).toEqual([lines.length / 2, lines.length / 2]);
  expect(seven.parts.map((part) => part.length)).toEqual(one.parts.map((part) => part.length));
  expectSameBytes(seven.text, one.text, 'the rows, 7 shards beside 1');
}, 30_000);

test('A user with every item and an item of every user are handled', async () => {
  const actions = Array.from({ length: 700 }, (_, at) => action(1, at + 2));
  for (let user = 2; user < 300; user++) actions.push(action(user, 1), action(user, 2 + (user % 5)));
  const settings = { dimsumThreshold: 0, limit: 2 };
  const expected = linesOf(similarities(actions, settingsOf(settings)));
  expectSameBytes((await similarItemsOver(await storeOf(actions), settings, 7)).text, expected, 'the rows, 7 shards');
});
