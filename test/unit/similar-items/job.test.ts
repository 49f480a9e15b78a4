/** The whole job against the reference, on input made to be hard, in any number of shards. */
import { describe, expect, test } from 'vitest';
import type { ReadAction } from '../../../shared/shuffle/user-actions.ts';
import { uniform } from '../../helpers/actions.ts';
import { DEFAULTS, linesOf, type SimilarityOptions, similarities } from '../../reference/similarity.ts';
import { similarItemsOver, storeOf } from './in-shards.ts';

const START = Date.UTC(2011, 11, 9);
const LARGE = 2 ** 33;

const action = (user: number, item: number, type = 1, timeMs = START): ReadAction => ({ user, item, type, timeMs });

/** Users of all sizes; a few items that nearly everybody has; many pairs alike; repeated actions; ids beyond 32 bits. */
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

describe('against the reference, byte for byte, with 1, 2 and 7 shards', () => {
  const cases: Readonly<Record<string, Partial<SimilarityOptions>>> = {
    exact: { dimsumThreshold: 0 },
    'exact, few partners kept: many ties are cut': { dimsumThreshold: 0, limit: 3 },
    'exact, one partner kept': { dimsumThreshold: 0, limit: 1 },
    'as it comes': {},
    'DIMSUM that samples most items': { dimsumThreshold: 20, limit: 5, seed: 3 },
    'a type': { itemType: 2, dimsumThreshold: 0 },
    'a sample of the actions': { sample: 0.5, dimsumThreshold: 0, seed: 9 },
    'item and user filters': { minUsersPerItem: 5, maxUsersPerItem: 60, minItemsPerUser: 4, dimsumThreshold: 10 },
  };
  test.each(Object.entries(cases))('%s', async (_name, options) => {
    const actions = hardActions(5);
    const expected = linesOf(similarities(actions, settingsOf(options)));
    expect(expected.length).toBeGreaterThan(100);
    for (const shards of [1, 2, 7]) {
      const { text } = await similarItemsOver(await storeOf(actions), { ...options }, shards);
      expect(text, `${shards} shards`).toBe(expected);
    }
    expect((await similarItemsOver(await storeOf(actions), { ...options })).text, 'as planned').toBe(expected);
  });
});
