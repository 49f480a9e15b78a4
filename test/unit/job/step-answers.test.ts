import { describe, expect, test } from 'vitest';
import { StepAnswerError } from '../../../shared/errors.ts';
import {
  checkedBody,
  checkedNext,
  checkedPublication,
  checkedShards,
  thrownError,
} from '../../../shared/job/step-answers.ts';

const CANARY = 'c4n4ry';
const folder = { prefix: 'shop/copies/1/', files: [], counts: {} };

test.each([
  ['text', () => checkedBody('x')],
  ['bytes', () => checkedBody(new Uint8Array(1))],
  ['pieces', () => checkedBody([new Uint8Array(1)])],
  ['no shard', () => checkedShards([])],
  ['shards', () => checkedShards([{ start: 1 }])],
  ['the end of a loop', () => checkedNext({ done: true })],
  ['an iteration', () => checkedNext({ done: false, shards: [{}] })],
  ['folders', () => checkedPublication({ folders: [folder] })],
])('The answer is accepted when it is %s', (_, check) => {
  expect(check).not.toThrow();
});

test.each([
  ['nothing because of a forgotten return', () => checkedBody(undefined), 'gave nothing (undefined)', 'a Uint8Array'],
  ['an object', () => checkedBody({ user: CANARY }), 'gave an object with the fields user', 'a Uint8Array'],
  ['numbers', () => checkedBody([1]), 'gave a list whose entry 0 is a number', 'a Uint8Array'],
  ['a Map', () => checkedBody(new Map()), 'gave a Map', 'a Uint8Array'],
  ['no list of shards', () => checkedShards({ shards: [] }), 'an object with the fields shards', 'its shard list'],
  ['a shard that is a number', () => checkedShards([{}, 7]), 'a list whose entry 1 is a number', 'its shard list'],
  ['null in a loop', () => checkedNext(null), 'nothing (null)', '{done: true}'],
  ['an iteration without shards', () => checkedNext({ done: false }), 'nothing (undefined)', 'its shard list'],
  ['no folders', () => checkedPublication([]), 'a list of 0', 'what it publishes'],
  [
    'a folder without a slash',
    () => checkedPublication({ folders: [{ ...folder, prefix: 'x' }] }),
    'folder 0',
    'counts',
  ],
])('The answer is refused with the expected form when it is %s', (_, check, given, expected) => {
  expect(check).toThrow(StepAnswerError);
  expect(check).toThrow(given);
  expect(check).toThrow(expected);
  expect(check).not.toThrow(CANARY);
});

test('A stream is checked chunk by chunk', async () => {
  const stream = checkedBody(
    (async function* () {
      yield new Uint8Array(1);
      yield 'text';
    })(),
  ) as AsyncIterable<Uint8Array>;
  const readAll = async () => {
    for await (const chunk of stream) expect(chunk).toHaveLength(1);
  };
  await expect(readAll()).rejects.toThrow('a stream with a string in it');
});

describe('thrown values', () => {
  test('A thrown error is passed on unchanged', () => {
    const error = new RangeError('x');
    expect(thrownError(error)).toBe(error);
  });

  test.each([
    [
      { code: CANARY, toString: (): string => CANARY },
      'an object with the fields code, toString was thrown where an Error',
    ],
    ['out of memory', "the text 'out of memory' was thrown where an Error"],
    [undefined, 'nothing (undefined) was thrown'],
  ])('A thrown value that is no error is described without its content, case %#', (thrown, message) => {
    expect(thrownError(thrown).message).toContain(message);
    expect(thrownError(thrown).message).not.toContain(CANARY);
  });
});
