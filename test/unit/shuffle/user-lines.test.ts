import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptInputError } from '../../../shared/errors.ts';
import type { Run } from '../../../shared/job/job.ts';
import type { Shard, StepObjects } from '../../../shared/job/shard.ts';
import { bucketOfId } from '../../../shared/shuffle/buckets.ts';
import { lineCounts, orderPart, type PartShard, partFiles, partShards } from '../../../shared/shuffle/line-parts.ts';
import { mergeUserLines } from '../../../shared/shuffle/merge-user-lines.ts';
import { partOf } from '../../../shared/shuffle/parts.ts';
import { userBucketCount } from '../../../shared/shuffle/user-actions.ts';
import { type LinesMeta, UserLines } from '../../../shared/shuffle/user-lines.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { textOf } from '../../helpers/chunks.ts';
import { runOver } from '../job/toy-job.ts';
import { cellsOf } from './lines-of.ts';

/** Returns a run with an input of 1 MiB, which has 8 buckets. */
const run = (): Run => ({
  ...runOver(new MemoryStore('/out')),
  inputs: [{ key: 'actions', size: 1 << 20, etag: 'e' }],
});
const BUCKETS = 8;

const byLayout = (a: number, b: number) => bucketOfId(a, BUCKETS) - bucketOfId(b, BUCKETS) || a - b;

/** Writes the given number of lines `<user> <line>` for each user, in layout order. */
function write(users: ReadonlyMap<number, number>, cellLines?: number): UserLines {
  const lines = new UserLines(BUCKETS, cellLines);
  for (const user of [...users.keys()].sort(byLayout)) {
    for (let line = 0; line < users.get(user)!; line++) lines.add(user, Float64Array.of(user, line), 0, 2);
  }
  return lines;
}

const linesText = (user: number, lines: number) =>
  Array.from({ length: lines }, (_, line) => `${user} ${line}\n`).join('');

const cut: StepObjects<Shard, LinesMeta> = { name: 'cut' };
const order: StepObjects<PartShard> = { name: 'order' };

/** Commits the lines of shards as their step would. */
async function commit(toy: Run, step: StepObjects<Shard, LinesMeta>, shards: readonly UserLines[]): Promise<void> {
  await toy.work.fixShards(
    step,
    shards.map(() => ({})),
  );
  for (const [shard, lines] of shards.entries()) await toy.work.commit(toy.work.key(step, shard), lines.finish());
}

const someUsers = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.maxSafeNat()), { maxLength: 80 })
  .chain((ids) =>
    fc
      .array(fc.integer({ min: 1, max: 5 }), { minLength: ids.length, maxLength: ids.length })
      .map((counts) => new Map(ids.map((id, place) => [id, counts[place]!]))),
  );

describe('cells of lines', () => {
  test('A cell consists of whole buckets, contains the requested number of lines, and has ascending users', async () => {
    await fc.assert(
      fc.asyncProperty(someUsers, fc.integer({ min: 1, max: 40 }), async (users, cellLines) => {
        const cells = await cellsOf(write(users, cellLines));
        const read = cells.flatMap((cell) => cell.users.map(([user]) => user));
        expect([...read].sort((a, b) => a - b)).toEqual([...users.keys()].sort((a, b) => a - b));
        let before = 0;
        for (const [place, { from, to, lines, users: own }] of cells.entries()) {
          const ids = own.map(([user]) => user);
          expect(ids).toEqual([...ids].sort((a, b) => a - b));
          const buckets = ids.map((user) => bucketOfId(user, BUCKETS));
          expect([Math.min(...buckets), Math.max(...buckets) + 1]).toEqual([from, to]);
          expect(from).toBeGreaterThanOrEqual(before);
          before = to;
          expect(lines).toBe(own.reduce((sum, [, of]) => sum + of.length, 0));
          if (place < cells.length - 1) expect(lines).toBeGreaterThanOrEqual(cellLines);
          for (const [user, of] of own) expect(`${of.join('\n')}\n`).toBe(linesText(user, users.get(user)!));
        }
      }),
    );
  });
});

describe('parts of lines', () => {
  test('Parts contain the lines of their users, users ascending, for any shards and cells', async () => {
    const cuts = fc.array(fc.nat(BUCKETS), { maxLength: 4 });
    const parameters = [someUsers, cuts, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 })] as const;
    await fc.assert(
      fc.asyncProperty(...parameters, async (users, cuts, cellLines, parts) => {
        const toy = run();
        expect(userBucketCount(toy)).toBe(BUCKETS);
        const ends = [...cuts.sort((a, b) => a - b), BUCKETS];
        const shardOf = (user: number) => ends.findIndex((end) => bucketOfId(user, BUCKETS) < end);
        const shards = ends.map((_, shard) => new Map([...users].filter(([user]) => shardOf(user) === shard)));
        await commit(
          toy,
          cut,
          shards.map((own) => write(own, cellLines)),
        );
        const ascending = [...users].sort(([a], [b]) => a - b);
        for (let part = 0; part < parts; part++) {
          const own = ascending.filter(([user]) => partOf(user, parts) === part);
          const text = await textOf(await orderPart(toy, cut, { part, parts }));
          expect(text).toBe(own.map(([user, lines]) => linesText(user, lines)).join(''));
        }
      }),
    );
  });

  test('There is one more part for every 2^20 lines, and each part is one file', async () => {
    const toy = run();
    const users = new Map(Array.from({ length: 1 << 10 }, (_, user) => [user + 1, 1 << 10]));
    await commit(toy, cut, [write(users)]);
    const files = await toy.work.openAll(cut);
    expect(lineCounts(files)).toEqual({ users: 1 << 10, lines: 1 << 20 });
    const shards = await partShards(toy, cut);
    expect(shards).toEqual([0, 1].map((part) => ({ part, parts: 2 })));
    const texts = await Promise.all(shards.map(async (shard) => textOf(await orderPart(toy, cut, shard))));
    const expected = [0, 1].map((part) =>
      [...users].map(([user, lines]) => (partOf(user, 2) === part ? linesText(user, lines) : '')).join(''),
    );
    for (const part of [0, 1]) expect(texts[part] === expected[part], `part ${part}`).toBe(true);
    await toy.work.fixShards(order, shards);
    expect(await partFiles(toy, order)).toEqual(
      [0, 1].map((part) => ({ name: `part-0000${part}`, pieces: [{ key: toy.work.key(order, part) }] })),
    );
  });

  test('A line may be any text, and the meta may have more fields', async () => {
    const toy = run();
    const lines = new UserLines(BUCKETS);
    // More than fits into the first buffer, and characters of three bytes.
    const texts = new Map([9, 7, 300].map((user) => [user, `${user} ${'水'.repeat(30_000)}\n`]));
    for (const user of [...texts.keys()].sort(byLayout)) lines.addText(user, texts.get(user)!);
    await toy.work.fixShards(cut, [{}]);
    await toy.work.commit(toy.work.key(cut, 0), lines.finishWith({ empty: 2 }));
    expect((await toy.work.open(cut, 0)).meta).toMatchObject({ empty: 2 });
    const text = [7, 9, 300].map((user) => texts.get(user)).join('');
    expect(await textOf(await orderPart(toy, cut, { part: 0, parts: 1 }))).toBe(text);
  });

  test('Without lines there is one empty part', async () => {
    const toy = run();
    await commit(toy, cut, [write(new Map()), write(new Map())]);
    expect(await partShards(toy, cut)).toEqual([{ part: 0, parts: 1 }]);
    expect(await textOf(await orderPart(toy, cut, { part: 0, parts: 1 }))).toBe('');
  });
});

describe('merging of lines', () => {
  const runOf = (chunks: readonly string[], ...users: readonly (readonly [user: number, lines: number])[]) => ({
    users: Float64Array.from(users, ([user]) => user),
    lengths: Uint32Array.from(users, ([user, lines]) => linesText(user, lines).length),
    text: (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })(),
  });

  test('Text may come in chunks of any size', async () => {
    const runs = [runOf(['1 0', '\n1 1\n4', ' 0\n'], [1, 2], [4, 1]), runOf(['2', ' ', '0', '\n'], [2, 1])];
    expect(await textOf(mergeUserLines(runs, 0, 1))).toBe('1 0\n1 1\n2 0\n4 0\n');
  });

  test('Lines longer than an output chunk are passed on', async () => {
    const long = 100_000;
    const runs = () => [runOf([linesText(1, long)], [1, long]), runOf([linesText(2, 1)], [2, 1])];
    expect((await textOf(mergeUserLines(runs(), 0, 1))) === linesText(1, long) + linesText(2, 1)).toBe(true);
  });

  test('Missing text is an error', async () => {
    const runs = [runOf(['1 0\n4'], [1, 1], [4, 1]), runOf(['2 0\n'], [2, 1])];
    await expect(textOf(mergeUserLines(runs, 0, 1))).rejects.toThrow(CorruptInputError);
  });
});
