/** Models of peers, written in our published forms and ranked by our scorers. */
import { expect, test } from 'vitest';
import { scorerOf } from '../../../functions/evaluate/scorers.ts';
import { PublishedModel } from '../../../shared/evaluation/published-model.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import { type PeerModel, publishPeer } from '../../benchmark/peer-models.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Ids that do not fit into 32 bits, beside small ones. */
const USERS = Float64Array.of(3, 2 ** 40);
const ITEMS = Float64Array.of(1, 2, 5, 2 ** 45);
/** The first user met items 1 and 5, and the second one item 2. */
const MET = { starts: Uint32Array.of(0, 2, 3), items: Uint32Array.of(0, 2, 1) };
const CUTOFF = 3;

/** Publishes a model, and returns the ids of each user's list. */
async function listsOf(model: PeerModel): Promise<number[][]> {
  const root = temporaryFolder();
  const candidate = publishPeer({ root, client: 'shop', day: 15_317 }, 'peer', model, { lambda: 2 });
  expect(candidate.settings).toMatchObject({ lambda: 2 });
  const published = await PublishedModel.open(await openStore(root), candidate.folder, candidate.run);
  const block = { items: ITEMS, users: USERS, met: MET, inOrder: MET.items, cutoff: CUTOFF };
  const { items, counts } = await scorerOf(candidate.job).rank(published, block);
  return Array.from(USERS, (_, user) =>
    Array.from(items.subarray(user * CUTOFF, user * CUTOFF + counts[user]!), (item) => ITEMS[item]!),
  );
}

test('Factors rank by inner products, also negative ones and tiny ones', async () => {
  const users = { ids: USERS, values: Float32Array.of(1, 0, 1e-9, -1), size: 2 };
  const items = { ids: ITEMS, values: Float32Array.of(9, 9, -1, 2, 9, 9, 1e-7, -3), size: 2 };
  // The first user has −1 and 1e-7 with items 2 and 2^45. The second has about −9, −9 and 3 with items 1, 5 and 2^45.
  expect(await listsOf({ kind: 'factors', users, items })).toEqual([
    [2 ** 45, 2],
    [2 ** 45, 1, 5],
  ]);
});

test('Lists rank as they are, also for a user who met all that another one met and more', async () => {
  const lists = [
    { met: [1, 5], list: [2 ** 45, 2] },
    { met: [1], list: [2, 5, 2 ** 45] },
    { met: [2], list: [5, 1, 2 ** 45] },
  ];
  expect(await listsOf({ kind: 'lists', lists })).toEqual([
    [2 ** 45, 2],
    [5, 1, 2 ** 45],
  ]);
});

test('Similarities add up over the items that a user met; the diagonal and zeros are not written', async () => {
  const values = Float32Array.of(
    ...[1, 0.2, 0.9, 0.1], // of item 1
    ...[0.2, 1, 0, 0], // of item 2
    ...[0.9, 0, 1, 0.3], // of item 5
    ...[0.1, 0, 0.3, 1], // of item 2^45
  );
  // The first user has 0.2 with item 2, and 0.1 + 0.3 with item 2^45. The second user has 0.2 with item 1 alone.
  expect(await listsOf({ kind: 'similarities', items: ITEMS, values })).toEqual([[2 ** 45, 2], [1]]);
});

test('Vectors rank by cosine, and an item without one is in no list', async () => {
  const items = { ids: ITEMS.subarray(0, 3), values: Float32Array.of(1, 0, 0, 2, 3, 3), size: 2 };
  // The first user's mean is between items 1 and 5. For the second user, item 5 is nearer to item 2 than item 1 is.
  expect(await listsOf({ kind: 'vectors', items })).toEqual([[2], [5, 1]]);
});

test('The run of a model follows from its content and its settings', () => {
  const root = temporaryFolder();
  const place = { root, client: 'shop', day: 15_317 };
  const vectors = (value: number): PeerModel => ({
    kind: 'vectors',
    items: { ids: ITEMS.subarray(0, 1), values: Float32Array.of(value, 1), size: 2 },
  });
  const { run } = publishPeer(place, 'peer', vectors(1), {});
  expect(publishPeer(place, 'peer', vectors(1), {}).run).toBe(run);
  expect(publishPeer(place, 'peer', vectors(2), {}).run).not.toBe(run);
  expect(publishPeer(place, 'peer', vectors(1), { window: 5 }).run).not.toBe(run);
});
