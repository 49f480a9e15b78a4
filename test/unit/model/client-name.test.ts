import { expect, test } from 'vitest';
import { clientNameProblem } from '../../../shared/model/client-name.ts';

test.each(['a', 'A', 'onlineretail', 'a.b', 'a_', 'a b', '%2e%2e', '日本', '🛒', 'x'.repeat(255), 'é'.repeat(127)])(
  "The text %j is accepted as a client's name",
  (name) => {
    expect(clientNameProblem(name)).toBeUndefined();
  },
);

test.each([
  ['', 'empty'],
  ['.', 'starts with "."'],
  ['../other', 'starts with "."'],
  ['_SUCCESS', 'starts with "_"'],
  ['a/b', 'holds "/"'],
  ['a\\b', 'holds "\\"'],
  ['a\nb', 'holds a control character'],
  ['a\u0000', 'holds a control character'],
  ['a\u007f', 'holds a control character'],
  ['a\u0085', 'holds a control character'],
  ['a\ud83d', 'holds a lone surrogate'],
  ['\udecca', 'holds a lone surrogate'],
  ['x'.repeat(256), 'longer than 255 bytes'],
  ['é'.repeat(128), 'longer than 255 bytes'],
])("The text %j is refused as a client's name", (name, problem) => {
  expect(clientNameProblem(name)).toBe(problem);
});
