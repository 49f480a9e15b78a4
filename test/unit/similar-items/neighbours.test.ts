import { describe, expect, test } from 'vitest';
import { neighbours } from '../../../functions/similar-items/neighbours.ts';
import { publishedModel } from '../../helpers/published-model.ts';

const row = (item1: number, item2: number, sim: number): string => `${JSON.stringify({ item1, item2, sim })}\n`;
const open = () =>
  publishedModel(
    { 'part-00000': row(1, 4, 0.5) + row(2, 4, 0.75) + row(3, 9, 1), 'part-00001': row(4, 7, 0.5) + row(4, 12, 0.1) },
    {},
  );

describe('the neighbours in the published rows', () => {
  test('are found in both directions and in all parts, equal ones by id', async () => {
    expect(await neighbours.similar(await open(), 4, 3)).toEqual({
      isKnown: true,
      best: [
        { key: 2, score: 0.75 },
        { key: 1, score: 0.5 },
        { key: 7, score: 0.5 },
      ],
    });
  });

  test('are missing for an item without a row, and the nearest items are named', async () => {
    expect(await neighbours.similar(await open(), 10, 3)).toEqual({ isKnown: false, nearest: [9, 12, 7] });
  });

  test('need what the settings ask for', () => {
    expect(neighbours.needs({ minUsersPerItem: 5 })).toBe(
      'an item needs a user in common with another item, and at least 5 users (minUsersPerItem)',
    );
    expect(neighbours.needs({ unit: 'session', minUsersPerItem: 0 })).toBe(
      'an item needs a session in common with another item',
    );
  });
});
