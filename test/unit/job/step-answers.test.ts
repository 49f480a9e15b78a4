import { describe, expect, test } from 'vitest';
import { StepAnswerError } from '../../../shared/errors.ts';
import type { DayOutput, OutputFolder } from '../../../shared/job/job.ts';
import { checkedPublication } from '../../../shared/job/publication-answer.ts';
import { checkedBody, checkedNext, checkedShards, thrownError } from '../../../shared/job/step-answers.ts';

const CANARY = 'c4n4ry';
const piece = { key: 'k', start: 0, end: 1 };
const file = { name: 'part-00000', pieces: [{ key: 'k' }, piece] };
const output: DayOutput = { files: [file], counts: { lines: 1 } };
const folder: OutputFolder = { prefix: 'shop/copies/1/', ...output };

test.each([
  ['text', () => checkedBody('x')],
  ['bytes', () => checkedBody(new Uint8Array(1))],
  ['pieces', () => checkedBody([new Uint8Array(1)])],
  ['no shard', () => checkedShards([])],
  ['shards', () => checkedShards([{ start: 1 }])],
  ['the end of a loop', () => checkedNext({ done: true })],
  ['an iteration', () => checkedNext({ done: false, shards: [{}] })],
  ['one folder', () => checkedPublication(output)],
  ['folders', () => checkedPublication({ folders: [folder], removed: ['shop/copies/0/'] })],
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
  ['a file without pieces', () => checkedPublication({ ...output, files: [{ name: 'a' }] }), 'file 0 an', 'pieces'],
  [
    'a piece without a key',
    () =>
      checkedPublication({ folders: [folder, { ...folder, files: [file, { name: 'a', pieces: [{ kye: 'k' }] }] }] }),
    'as piece 0 of file 1 of folder 1 an object with the fields kye',
    'pieces',
  ],
])('The answer is refused with the expected form when it is %s', (_, check, given, expected) => {
  expect(check).toThrow(StepAnswerError);
  expect(check).toThrow(given);
  expect(check).toThrow(expected);
  expect(check).not.toThrow(CANARY);
});

test.each([
  ['answer with one folder', { ...output, prefix: CANARY }, "gave an object with the unknown field 'prefix'"],
  ['answer with folders', { folders: [folder], remove: [CANARY] }, "gave an object with the unknown field 'remove'"],
  ['folder', { folders: [{ ...folder, count: CANARY }] }, "as folder 0 an object with the unknown field 'count'"],
  ['file', { ...output, files: [{ ...file, size: CANARY }] }, "as file 0 an object with the unknown field 'size'"],
  [
    'piece',
    { folders: [folder, { ...folder, files: [{ ...file, pieces: [{ key: 'k', start: 0, edn: CANARY }] }] }] },
    "as piece 0 of file 0 of folder 1 an object with the unknown field 'edn' (known: key, start, end, read)",
  ],
])('An unknown field is refused in the %s', (_, answer, message) => {
  const check = () => checkedPublication(answer);
  expect(check).toThrow(StepAnswerError);
  expect(check).toThrow(message);
  expect(check).not.toThrow(CANARY);
});

test('A misspelt field of what is published does not compile', () => {
  // @ts-expect-error: misspelt
  const publish = (): DayOutput => ({ files: [], counts: {}, removd: [] });
  expect(() => checkedPublication(publish())).toThrow("'removd'");
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
