import { expect, test } from 'vitest';
import { lineTest } from '../../../shared/forget/user-files.ts';

test('A user is found in a field by the id, by a text of the client, and by the digits that stand for a missing text', () => {
  const isNamed = lineTest({ field: 'user' }, { ids: new Set([7, 12]), texts: new Set(['anna']) });
  const lines = [
    '{"user":7,"items":[[9,0.5]]}',
    '{"user":"anna","items":[["7",0.5]]}',
    '{"user":"12","items":[]}',
    '{"user":9,"items":[[7,0.5]]}',
    '{"user":"ben","items":[["anna",1]]}',
    '{"user":"","items":[]}',
    '{"item":7}',
  ];
  expect(lines.map(isNamed)).toEqual([true, true, true, false, false, false, false]);
});
