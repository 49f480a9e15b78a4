import { describe, expect, test } from 'vitest';
import { neighbours } from '../../../functions/word2vec/neighbours.ts';
import { publishedModel } from '../../helpers/published-model.ts';

/** Vectors whose cosines with that of item 4 can be seen: 1, 0.6, 0 and −1. */
const VECTORS = ['-vectortype REAL -dimension 2', '4|1|0', '9|0|0', '2|3|0', '8|-0.5|0', '3|6|8', '1|0|1', ''].join(
  '\n',
);
const open = () => publishedModel({ 'docvectors.txt': VECTORS }, { vectorSize: 2 });

describe('the neighbours of word2vec', () => {
  test('are the items in the same direction, without one that has no direction', async () => {
    expect(await neighbours.similar(await open(), 4, 9)).toEqual({
      isKnown: true,
      best: [
        { key: 2, score: 1 },
        { key: 3, score: 0.6 },
        { key: 1, score: 0 },
        { key: 8, score: -1 },
      ],
    });
  });

  test('are none for an item that has no direction itself', async () => {
    expect(await neighbours.similar(await open(), 9, 9)).toEqual({ isKnown: true, best: [] });
  });

  test('name the nearest items of the vocabulary for another item, and say how often it must be met', async () => {
    expect(await neighbours.similar(await open(), 5, 9)).toEqual({ isKnown: false, nearest: [4, 3, 2] });
    expect(neighbours.needs({ minWordCount: 50 })).toBe('an item needs to be 50 times in the sessions (minWordCount)');
  });
});
