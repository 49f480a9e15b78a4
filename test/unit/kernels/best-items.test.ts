import { describe, expect, test } from 'vitest';
import { BestItems, emptyLists, type SeenItems } from '../../../shared/kernels/best-items.ts';

/** Returns what users have seen, from ascending lists of indexes. */
function seenOf(lists: readonly (readonly number[])[]): SeenItems {
  const starts = Uint32Array.from([0, ...lists.map((list) => list.length)]);
  for (let user = 0; user < lists.length; user++) starts[user + 1]! += starts[user]!;
  return { starts, items: Uint32Array.from(lists.flat()) };
}

const idsOf = (items: number): Float64Array => Float64Array.from({ length: items }, (_, item) => 10 * item + 3);

describe('The best items', () => {
  // Rank 2: the scores of the user (1, 1) are 3, 5, 5, −1, 4.
  const items = Float32Array.of(1, 2, 3, 2, 0, 5, -2, 1, 4, 0);
  const user = Float32Array.of(1, 1);

  test('are sorted by score, then by id', () => {
    expect(BestItems.of(idsOf(5), items, 2).best(user, seenOf([[]]), 4)).toEqual({
      items: Uint32Array.of(1, 2, 4, 0),
      scores: Float32Array.of(5, 5, 4, 3),
      counts: Uint32Array.of(4),
    });
  });

  test('leave out what the user has seen, and the list may be shorter', () => {
    expect(BestItems.of(idsOf(5), items, 2).best(user, seenOf([[0, 2, 4]]), 3)).toEqual({
      items: Uint32Array.of(1, 3, 0),
      scores: Float32Array.of(5, -1, 0),
      counts: Uint32Array.of(2),
    });
  });

  test('are the same when the items come in tiles', () => {
    const seen = seenOf([[1, 3]]);
    let lists = emptyLists(1, 2);
    for (const [first, end] of [
      [3, 5],
      [0, 3],
    ] as const) {
      const tile = BestItems.of(idsOf(5).subarray(first, end), items.subarray(2 * first, 2 * end), 2, first);
      lists = tile.best(user, seen, 2, lists);
    }
    expect(lists).toEqual(BestItems.of(idsOf(5), items, 2).best(user, seen, 2));
  });

  test('have the score that the server adds up, rounded after each step', () => {
    // 2^24 + 1 is no float32: added from the left, both ones are lost. Added from the right, they would count.
    const factors = Float32Array.of(2 ** 24, 1, 1);
    const { scores } = BestItems.of(idsOf(1), factors, 3).best(Float32Array.of(1, 1, 1), seenOf([[]]), 1);
    expect(scores[0]).toBe(2 ** 24);
  });

  test('never have a score that is not a number', () => {
    const factors = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY);
    expect(BestItems.of(idsOf(3), factors, 1).best(Float32Array.of(1), seenOf([[]]), 3)).toEqual({
      items: Uint32Array.of(2, 1, 0),
      scores: Float32Array.of(Number.POSITIVE_INFINITY, 1, 0),
      counts: Uint32Array.of(2),
    });
  });

  test('are refused when ids are not ascending, or the factors are of another number of items', () => {
    expect(() => BestItems.of(Float64Array.of(2, 2), Float32Array.of(1, 1), 1)).toThrow('item 2 follows item 2');
    expect(() => BestItems.of(Float64Array.of(2), Float32Array.of(1, 1), 1)).toThrow(
      '2 factors are not those of 1 items',
    );
  });
});
