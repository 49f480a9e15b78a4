/** Tests the parts of the core together against the reference: the output does not depend on the shards. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defined } from '../../../shared/defined.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { figuresOf } from '../../reference/day-figures.ts';
import { groupPlainly, type LogFile } from '../../reference/group-actions.ts';
import { idOfPlainly } from '../../reference/raw-action.ts';
import { DAY, hostileText } from './hostile-logs.ts';
import { CLIENTS, USER_IDS } from './hostile-values.ts';
import { groupInShards } from './in-shards.ts';

const someSharding = fc.record({
  seed: fc.nat(),
  /** The number of lines of each file of each shard. */
  shards: fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  }),
  buckets: fc.integer({ min: 1, max: 9 }),
  repairs: fc.integer({ min: 1, max: 9 }),
  recordsAPart: fc.constantFrom(2 ** 20, 20, 7, 3),
  forgotten: fc.option(
    fc.array(fc.tuple(fc.constantFrom(...CLIENTS.slice(0, 4)), fc.constantFrom(...USER_IDS)), { maxLength: 9 }),
    { nil: undefined, freq: 2 },
  ),
  singleClient: fc.option(fc.constantFrom('shop', 'Shop', '42', 'nobody'), { nil: undefined, freq: 3 }),
});

const listsOf = (pairs: readonly (readonly [client: string, user: string])[]): Map<string, Set<number>> => {
  const byClient = Map.groupBy(pairs, ([client]) => client);
  return new Map([...byClient].map(([client, own]) => [client, new Set(own.map(([, user]) => Number(user)))]));
};

describe('grouping in shards', () => {
  test.each(['given', 'assign'] as const)(
    'The output equals that of the reference for any shards, buckets and parts: ids %s',
    async (ids) => {
      const idOf = (user: string): string => (ids === 'given' ? user : String(idOfPlainly(String(Number(user)))));
      let pairLines = 0;
      await fc.assert(
        fc.asyncProperty(someSharding, async ({ seed, shards, forgotten: pairs, ...others }) => {
          const forgottenIds = pairs?.map(([client, user]) => [client, idOf(user)] as const);
          const options = { ...others, ids, forgotten: forgottenIds && listsOf(forgottenIds) };
          const random = uniform(seed);
          const files = shards.map((lines, shard) =>
            lines.map((count, at): LogFile => ({ name: `${shard}/${at}`, bytes: hostileText(random, count, ids) })),
          );
          const { recordsAPart, singleClient, forgotten } = options;
          const expected = groupPlainly(
            files.flat(),
            defined({ day: DAY, ids, recordsAPart, singleClient, forgotten }),
          );
          const grouped = await groupInShards(files, options);
          expect(grouped.rejects).toBe(expected.rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
          expect(grouped.totals).toEqual([expected.totals.read, expected.totals.rejected]);
          const counts = [...expected.counts].map(
            ([client, { read, rejected, otherDays, repaired, dropped, forgotten = 0 }]) =>
              [client, [read, rejected, otherDays, repaired, dropped, forgotten]] as const,
          );
          expect(grouped.counts).toEqual(new Map(counts));
          expect(grouped.parts).toEqual(expected.parts);
          expect(grouped.pairs).toEqual(expected.pairs);
          pairLines += [...expected.pairs.values()].flat().join('').split('\n').length;
          expect(grouped.figures).toEqual(
            new Map([...expected.parts].map(([client, parts]) => [client, figuresOf(parts, DAY)])),
          );
        }),
        { numRuns: 60 },
      );
      if (ids === 'assign') expect(pairLines).toBeGreaterThan(1_000);
    },
  );
});
