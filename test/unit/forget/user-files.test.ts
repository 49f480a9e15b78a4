import { expect, test } from 'vitest';
import { lineTest, rejectTest } from '../../../shared/forget/user-files.ts';

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

test('Among the broken lines of several clients, a line that names another client alone is left there', () => {
  const wanted = { ids: new Set([7]), texts: new Set(['anna']) };
  const rejected = [
    '{"client":"shop","userid":7,"itemid":',
    '{"client": "other","userid":7,"itemid":',
    '{"client":"other","client_userid":"anna","itemid":',
    '"userid":7,"itemid":',
    '{"client":"other"}{"client":"shop","userid":7,',
  ].map((text) => JSON.stringify({ object: 'a.log', line: 1, reason: 'not JSON', text }));
  expect(rejected.map(rejectTest(wanted, 'shop'))).toEqual([true, false, false, true, true]);
  expect(rejected.map(rejectTest(wanted))).toEqual([true, true, true, true, true]);
});
