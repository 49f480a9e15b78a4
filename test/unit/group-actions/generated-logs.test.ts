/**
 * Generated days of logs with files in every form: plain, read by ranges, or gzip of members that begin anywhere with
 * zeros between them, with or without a byte order mark, in UTF-8 or in another encoding.
 */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ActionCollector } from '../../../functions/group-actions/core-collect.ts';
import { defined } from '../../../shared/defined.ts';
import { uniform } from '../../../shared/example/actions.ts';
import { readLines } from '../../../shared/lines/read-lines.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { groupPlainly, type LogFile } from '../../reference/group-actions.ts';
import { DAY, hostileText } from './hostile-logs.ts';
import { groupInShards } from './in-shards.ts';

/** The places of cuts as shares of the length. */
const someCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });

const someFile = fc.record({
  seed: fc.nat(),
  lines: fc.integer({ min: 0, max: 25 }),
  marked: fc.boolean(),
  encoding: fc.oneof(
    { weight: 12, arbitrary: fc.constant('utf8' as const) },
    { weight: 1, arbitrary: fc.constantFrom('latin1' as const, 'utf16le' as const) },
  ),
  form: fc.constantFrom('plain' as const, 'ranges' as const, 'gzip' as const, 'gzip' as const),
  cuts: someCuts,
  /** The number of zero bytes behind each member. */
  padding: fc.array(fc.constantFrom(0, 0, 1, 7, 512), { minLength: 5, maxLength: 5 }),
});
type SomeFile = typeof someFile extends fc.Arbitrary<infer File> ? File : never;

interface GeneratedFile extends LogFile {
  /** The offsets at which a plain file is divided into ranges, in bytes. */
  readonly ranges: readonly number[];
}

const placesOf = (cuts: readonly number[], length: number): number[] =>
  [0, ...cuts.map((cut) => Math.floor(cut * length)), length].sort((a, b) => a - b);

function fileOf({ seed, lines, marked, encoding, form, cuts, padding }: SomeFile, name: string): GeneratedFile {
  const random = uniform(seed);
  const text = hostileText(random, lines);
  const encoded = encoding === 'utf8' ? text : Buffer.from(text.toString('utf8'), encoding);
  const content = marked ? Buffer.concat([Buffer.from('\ufeff'), encoded]) : encoded;
  const places = placesOf(cuts, content.length);
  if (form !== 'gzip') return { name, bytes: content, ranges: form === 'ranges' ? places : [] };
  const members = places
    .slice(1)
    .flatMap((end, at) => [gzipSync(content.subarray(places[at], end), { level: at }), Buffer.alloc(padding[at]!)]);
  return { name: `${name}.gz`, bytes: Buffer.concat(members), ranges: [] };
}

/** Reads the files as a shard does. */
async function collectAsShard(
  files: readonly LogFile[],
  buckets: number,
  singleClient?: string,
): Promise<ActionCollector> {
  const collector = new ActionCollector({ buckets, day: DAY, singleClient });
  const store = new MemoryStore();
  for (const { name, bytes, ranges } of files as readonly GeneratedFile[]) {
    const { etag } = await store.put(name, bytes);
    const source = { key: name, etag, size: bytes.length };
    const sink = collector.sink(name);
    if (ranges.length === 0) await readLines(store, source, sink);
    for (const [at, end] of ranges.slice(1).entries()) {
      await readLines(store, { ...source, range: { start: ranges[at]!, end } }, sink);
    }
  }
  return collector;
}

/** Removes the line number and the offset, because files read by ranges have offsets only. */
const withoutPlace = (line: string): unknown => {
  const { line: _line, offset: _offset, ...rest } = JSON.parse(line);
  return rest;
};

/** `npm run test:long` generates more days. */
const DAYS = process.env.TEST_LONG === '1' ? 1_000 : 200;

test(`${DAYS} generated days have the output of the reference, shard by shard`, async () => {
  const someDay = fc.record({
    shards: fc.array(fc.array(someFile, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    buckets: fc.integer({ min: 1, max: 5 }),
    recordsAPart: fc.constantFrom(2 ** 20, 20, 7),
    singleClient: fc.option(fc.constantFrom('shop', 'Shop', 'nobody'), { nil: undefined, freq: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(someDay, async ({ shards, buckets, recordsAPart, singleClient }) => {
      const files = shards.map((own, shard) => own.map((file, at) => fileOf(file, `${shard}/${at}`)));
      const options: Parameters<typeof groupPlainly>[1] = defined({ day: DAY, recordsAPart, singleClient });
      const expected = groupPlainly(files.flat(), options);
      const grouped = await groupInShards(files, { buckets, repairs: 2, recordsAPart, singleClient }, collectAsShard);
      expect([...grouped.parts].sort()).toEqual([...expected.parts].sort());
      expect(grouped.totals).toEqual([expected.totals.read, expected.totals.rejected]);
      const rejects = grouped.rejects.split('\n').filter((line) => line !== '');
      const isRanged = files.flat().some(({ ranges }) => ranges.length > 0);
      const plainly = expected.rejects.map((reject) => JSON.stringify(reject));
      if (isRanged) expect(rejects.map(withoutPlace)).toEqual(plainly.map(withoutPlace));
      else expect(rejects).toEqual(plainly);
      for (const own of files) {
        const alone = groupPlainly(own, options).totals;
        const { read } = await collectAsShard(own, buckets, singleClient);
        expect([read.lines, read.rejected]).toEqual([alone.read, alone.rejected]);
      }
    }),
    { numRuns: DAYS, seed: 20_111_209 },
  );
});
