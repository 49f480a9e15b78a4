import { expect, test } from 'vitest';
import { isLive, widthOf } from '../../../cli/terminal.ts';

test('A text is as wide as the terminal, or as COLUMNS says, and has no limit in a pipe', () => {
  expect(widthOf({ isTTY: true, columns: 120 }, {})).toBe(120);
  expect(widthOf({ isTTY: true, columns: 120 }, { COLUMNS: '60' })).toBe(60);
  expect(widthOf({ isTTY: true, columns: 120 }, { COLUMNS: 'wide' })).toBe(120);
  expect(widthOf({ isTTY: true, columns: 0 }, {})).toBe(80);
  expect(widthOf({}, {})).toBe(Number.POSITIVE_INFINITY);
  expect(widthOf({}, { COLUMNS: '100' })).toBe(100);
});

test.each([
  ['a terminal', { isTTY: true, columns: 80 }, { TERM: 'xterm' }, true],
  ['a terminal, and CI is false', { isTTY: true, columns: 80 }, { CI: 'false', NO_COLOR: '' }, true],
  ['a terminal that cannot replace lines', { isTTY: true, columns: 80 }, { TERM: 'dumb' }, false],
  ['a terminal of a build server', { isTTY: true, columns: 80 }, { CI: 'true' }, false],
  ['a terminal, and colours are unwanted', { isTTY: true, columns: 80 }, { NO_COLOR: '1' }, false],
  ['a terminal without columns', { isTTY: true, columns: 0 }, {}, false],
  ['a pipe', {}, { TERM: 'xterm' }, false],
])('On %s lines are replaced: %#', (_, stream, environment, expected) => {
  expect(isLive(stream, environment)).toBe(expected);
});
