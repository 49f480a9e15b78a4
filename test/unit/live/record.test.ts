/** Tests how a record and its node are compared. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareWithNode, formatRecord, type LiveRecord, modelAt, parseRecord } from '../../../shared/live/record.ts';

const CONTEXT = { root: 'roothash', now: new Date('2011-12-10T12:00:00Z'), firstSeq: 0 };

const record = (changes: Partial<LiveRecord> = {}): LiveRecord => ({
  seq: 4,
  root: 'roothash',
  live: {
    day: 15317,
    run: '0123456789abcdef',
    requestedAt: '2011-12-10T03:00:00Z',
    location: '/m/15317-0123456789abcdef',
  },
  before: '/m/15316-0123456789abcdef',
  settled: true,
  hold: null,
  change: { when: '2011-12-10T03:10:00Z', by: 'run', because: null },
  ...changes,
});
const NEW = '/m/15317-0123456789abcdef';
const OLD = '/m/15316-0123456789abcdef';

test.each<[string, LiveRecord | undefined, string | undefined, string]>([
  ['neither exists', undefined, undefined, 'agreed'],
  ['the node is empty without a record', undefined, '', 'agreed'],
  ['they agree', record(), NEW, 'agreed'],
  ['the node has no record', undefined, OLD, 'overtaken'],
  ['a run was killed after the record', record({ settled: false }), OLD, 'unfinished'],
  [
    'a run was killed after the record of a first activation',
    record({ settled: false, before: null }),
    undefined,
    'unfinished',
  ],
  ['a run was killed after the record over an empty node', record({ settled: false, before: '' }), '', 'unfinished'],
  ['a run was killed after the node', record({ settled: false }), NEW, 'unsettled'],
  ['somebody else set a settled node', record(), '/theirs', 'overtaken'],
  ['somebody else put a settled node back', record(), OLD, 'overtaken'],
  ['somebody else set an unsettled node', record({ settled: false }), '/theirs', 'overtaken'],
  ['somebody else removed the node', record(), undefined, 'overtaken'],
  ['the record has no model and there is no node', record({ live: null }), undefined, 'agreed'],
])('When %s, the record is %s', (_name, one, node, expected) => {
  expect(compareWithNode(one, node, CONTEXT).kind).toBe(expected);
});

test('A node that somebody else has set wins, and the record says so', () => {
  const theirs = '/theirs/15318';
  expect(compareWithNode(record({ hold: { since: 'x', because: 'y' } }), theirs, CONTEXT)).toEqual({
    kind: 'overtaken',
    record: {
      seq: 5,
      root: 'roothash',
      live: { day: 15318, run: null, requestedAt: null, location: theirs },
      before: NEW,
      settled: true,
      hold: { since: 'x', because: 'y' },
      change: { when: '2011-12-10T12:00:00.000Z', by: 'elsewhere', because: 'the node was set by somebody else' },
    },
  });
});

test('The first record of a node that was set before has number 0', () => {
  expect(compareWithNode(undefined, OLD, CONTEXT)).toMatchObject({ record: { seq: 0, change: { by: 'elsewhere' } } });
});

test('A record that takes over agrees with its node', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.constantFrom(undefined, '', NEW, OLD, '/theirs'), (settled, node) => {
      const standing = compareWithNode(record({ settled }), node, CONTEXT);
      if (standing.kind === 'overtaken') {
        expect(compareWithNode(standing.record, node, CONTEXT)).toEqual({ kind: 'agreed', record: standing.record });
      }
    }),
  );
});

test.each<[string, number | null, string | null]>([
  ['s3n://bucket/root/shop/models/mf/15317-0123456789abcdef', 15317, '0123456789abcdef'],
  ['/old/shop/matrix-factorization/15317', 15317, null],
  ['s3://bucket/15317', 15317, null],
  ['/best/model', null, null],
  ['/x/15317-short', null, null],
  ['/x/v15317', null, null],
])('The location %s has day %s and run %s', (location, day, run) => {
  expect(modelAt(location)).toEqual({ day, run, requestedAt: null, location });
});

test('A record is read back as written, and any other text is an error with a cure', () => {
  expect(parseRecord(formatRecord(record()), '/x')).toEqual(record());
  for (const text of ['', '{', '[]', '{"seq":1}', formatRecord(record()).replace('"seq":4', '"seq":"4"')]) {
    expect(() => parseRecord(text, '/all_clients/c/offline/_live/mf')).toThrow(
      '/all_clients/c/offline/_live/mf holds no live record: it was changed by hand or is torn. Remove that node',
    );
  }
});
