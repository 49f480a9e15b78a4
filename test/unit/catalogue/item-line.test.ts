import { describe, expect, test } from 'vitest';
import { parseItemLine } from '../../../shared/catalogue/item-line.ts';

const parse = (line: string) => parseItemLine(Buffer.from(line));

test('An item with all fields is read', () => {
  expect(
    parse('{"itemid":3,"dims":[4,4,17],"dimensions":{"b":["x",2],"a":true,"c":null},"tags":["p","q, r"]}'),
  ).toEqual({
    item: 3,
    dims: [4, 4, 17],
    dimensions: [
      ['b', 'x'],
      ['b', '2'],
      ['a', 'true'],
    ],
    tags: ['p', 'q, r'],
  });
});

test.each([
  ['{"itemid":9007199254740991}', { item: 2 ** 53 - 1, dims: [], dimensions: [], tags: [] }],
  ['{"itemid":0,"dims":null,"dimensions":null,"tags":null,"other":1}', { item: 0, dims: [], dimensions: [], tags: [] }],
  ['{"itemid":1,"tags":"a, b"}', { item: 1, dims: [], dimensions: [], tags: ['a, b'] }],
  // The id is the one that `--ids assign` makes of SKU-3 (`assigned-id.ts`). A given integer comes first.
  ['{"client_itemid":"SKU-3"}', { item: 2456475299651555, dims: [], dimensions: [], tags: [] }],
  ['{"itemid":null,"client_itemid":"SKU-3"}', { item: 2456475299651555, dims: [], dimensions: [], tags: [] }],
  ['{"itemid":3,"client_itemid":"SKU-3"}', { item: 3, dims: [], dimensions: [], tags: [] }],
  // `__proto__` is an ordinary key of JSON.
  ['{"itemid":1,"dimensions":{"__proto__":"x"}}', { item: 1, dims: [], dimensions: [['__proto__', 'x']], tags: [] }],
])('The line %s is read as an item', (line, item) => {
  expect(parse(line)).toEqual(item);
});

describe('rejected lines', () => {
  test.each([
    ['{"itemid":1', 'not JSON'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"item":1}', 'itemid: missing'],
    ['{"itemid":null}', 'itemid: missing'],
    ['{"client_itemid":""}', 'itemid: missing'],
    ['{"client_itemid":7}', 'client_itemid: not a text'],
    ['{"client_itemid":"\\ud800"}', 'client_itemid: not a text'],
    ...['"1"', '1.5', '-1', '9007199254740992', '1e400', 'true'].map((id) => [
      `{"itemid":${id}}`,
      'itemid: not an integer',
    ]),
    ...['"1"', '[1.5]', '[-1]', '["1"]', '{}'].map((dims) => [`{"itemid":1,"dims":${dims}}`, 'dims: not a list']),
    ...['[]', '"a"', '{"a":{}}', '{"a":[[1]]}'].map((named) => [
      `{"itemid":1,"dimensions":${named}}`,
      'dimensions: not',
    ]),
    ...['{}', '1', '[1]', '[null]'].map((tags) => [`{"itemid":1,"tags":${tags}}`, 'tags: not']),
  ] as [string, string][])('The line %s is rejected: %s', (line, reason) => {
    expect(parse(line)).toContain(reason);
  });

  test('A line that is not UTF-8 is rejected', () => {
    expect(parseItemLine(Buffer.from('{"itemid":1,"tags":"\xff"}', 'latin1'))).toBe('not UTF-8');
  });
});
