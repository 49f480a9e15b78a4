import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkListable, withClient } from '../../../shared/activation/client-list.ts';
import { ConfigError } from '../../../shared/errors.ts';

test.each([
  ['', 'c', 'c'],
  [' \n', 'c', 'c'],
  ['a,b', 'c', 'a,b,c'],
  ['a, b\n', 'c', 'a, b,c'],
  ['a,b,', 'c', 'a,b,c'],
  ['a,c,b', 'c', undefined],
  ['a, c ,b', 'c', 'a,c,b'], // the serving system trims no names
  ['c\n', 'c', 'c'],
  ['a, spaced,newline\n', 'spaced', 'a,spaced,newline\n'],
  ['a, spaced,newline\n', 'newline', 'a, spaced,newline'],
  [' c,c', 'c', undefined],
  ['cc,xc', 'c', 'cc,xc,c'], // a part of a name is not the name
  ['C', 'c', 'C,c'], // the case of names matters
])('The list %j with client %s becomes %j', (list, client, expected) =>
  expect(withClient(list, client)).toBe(expected),
);

test('An added client is in the list, and adding it again changes nothing', () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', 'é', '-') });
  fc.assert(
    fc.property(fc.array(name), name, (names, client) => {
      const list = withClient(names.join(','), client) ?? names.join(',');
      expect(list.split(',')).toContain(client);
      expect(withClient(list, client)).toBeUndefined();
    }),
    { seed: 1 },
  );
});

test.each(['a,b', ' a', 'a '])('The client %j cannot be in a list', (client) =>
  expect(() => checkListable(client)).toThrow(ConfigError),
);
