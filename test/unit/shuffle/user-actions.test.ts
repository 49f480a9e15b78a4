import { describe, expect, test } from 'vitest';
import { TooManyRejectsError } from '../../../shared/errors.ts';
import { uniform } from '../../../shared/example/actions.ts';
import type { InputShard } from '../../../shared/job/inputs.ts';
import type { Run } from '../../../shared/job/job.ts';
import type { ReadMeta } from '../../../shared/job/rejects.ts';
import type { StepObjects } from '../../../shared/job/shard.ts';
import { WorkArea } from '../../../shared/job/work-area.ts';
import { bucketOfId } from '../../../shared/shuffle/buckets.ts';
import {
  actionShards,
  type CollectOptions,
  collectActionsByUser,
  readUserActions,
  type UserActions,
  userBucketCount,
  userShards,
} from '../../../shared/shuffle/user-actions.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { collected } from '../../helpers/collected.ts';

interface Row {
  readonly user: number;
  readonly item: number;
  readonly type: number;
  readonly timeMs: number;
}

/**
 * Returns rows with few users, items, times and types, so that all ties occur. Ids lie on both sides of 2^31 and 2^32.
 */
function rowsOf(count: number, seed: number): Row[] {
  const random = uniform(seed);
  const below = (limit: number) => Math.floor(limit * random());
  return Array.from({ length: count }, () => ({
    user: 1 + below(40) ** 3 * 2 ** 20,
    item: below(6) * 2 ** 33,
    type: below(3),
    timeMs: 1000 * below(30),
  }));
}

const lineOf = ({ user, item, type, timeMs }: Row): string =>
  `${JSON.stringify({ timestamp_utc: new Date(timeMs).toISOString(), client: 'shop', userid: user, itemid: item, type, pad: 'x'.repeat(600) })}\n`;

/** Returns a run whose inputs are the texts, with `shards` as requested on the command line. */
async function runOver(texts: readonly string[], shards: number | undefined, maxRejectRatio = 0) {
  const input = new MemoryStore('/in');
  for (const [part, text] of texts.entries()) await input.put(`part-${part}`, text);
  const inputs = await collected(input.list(''));
  const output = new MemoryStore('/out');
  const run: Run<{ maxRejectRatio: number }> = {
    id: 'aaaaaaaaaaaaaaaa',
    job: 'toy',
    client: 'shop',
    day: 0,
    settings: { maxRejectRatio },
    inputs,
    input,
    output,
    work: new WorkArea(output, '.work/', 'planned'),
    shards,
    memoryMb: 512,
    log: () => undefined,
  };
  return run;
}

const collect: StepObjects<InputShard, ReadMeta> = { name: 'collect' };

/** Runs both steps and returns the actions of each bucket shard, in the order of the shards. */
async function shuffled(run: Run<{ maxRejectRatio: number }>, options?: CollectOptions): Promise<UserActions[]> {
  const collecting = await actionShards(run);
  await run.work.fixShards(collect, collecting);
  for (const [index, shard] of collecting.entries()) {
    await run.work.commit(run.work.key(collect, index), await collectActionsByUser(run, shard, options));
  }
  const shards = await userShards(run, collect);
  return Promise.all(shards.map((shard) => readUserActions(run, collect, shard)));
}

/** Returns every row with its bucket, in the order of the shards. */
const rowsIn = (read: readonly UserActions[], buckets: number) =>
  read.flatMap(({ users, offsets, items, times, types }) =>
    [...users].flatMap((user, at) =>
      Array.from({ length: offsets[at + 1]! - offsets[at]! }, (_, place) => {
        const row = offsets[at]! + place;
        return { bucket: bucketOfId(user, buckets), user, timeMs: times[row], item: items[row], type: types[row] };
      }),
    ),
  );

const bySortKey = (a: Row & { bucket: number }, b: Row & { bucket: number }) =>
  a.bucket - b.bucket || a.user - b.user || a.timeMs - b.timeMs || a.item - b.item || a.type - b.type;

test('A worthless input is refused before it is read to its end', async () => {
  const run = await runOver(['rubbish\n'.repeat(200_000), rowsOf(10, 1).map(lineOf).join('')], undefined, 0.1);
  const [shard] = await actionShards(run);
  await expect(collectActionsByUser(run, shard!)).rejects.toThrow(
    /[1-9]0000 of the first \d+ lines were rejected, which is too many even if all others are good.*"reason":"not JSON"/s,
  );
});

describe('the shuffle of actions', () => {
  const rows = rowsOf(3000, 1);
  const texts = [rows.slice(0, 1700), rows.slice(1700)].map((part) => part.map(lineOf).join(''));

  test.each([1, 2, 7, undefined])(
    'All actions come by bucket, user, time, item and type, in %s shards',
    async (shards) => {
      const run = await runOver(texts, shards);
      const read = await shuffled(run);
      const buckets = userBucketCount(run);
      expect(buckets).toBe(16);
      expect(read).toHaveLength(shards ?? 1);
      const expected = rows.map((row) => ({ bucket: bucketOfId(row.user, buckets), ...row })).sort(bySortKey);
      expect(rowsIn(read, buckets)).toEqual(expected);
      for (const { users, bucketOffsets } of read) {
        const byBucket = Array.from({ length: buckets }, (_, bucket) =>
          [...users.subarray(bucketOffsets[bucket], bucketOffsets[bucket + 1])].map((user) =>
            bucketOfId(user, buckets),
          ),
        );
        expect(byBucket.flat()).toHaveLength(users.length);
        for (const [bucket, of] of byBucket.entries())
          expect(new Set(of).size === 0 || of.every((b) => b === bucket)).toBe(true);
      }
    },
  );

  test('Only the wanted actions and columns are kept', async () => {
    const run = await runOver(texts, 2);
    const read = await shuffled(run, { keep: ({ type, item }) => type === 2 && item > 0, columns: ['items'] });
    const kept = rows.filter(({ type, item }) => type === 2 && item > 0);
    const pairs = read.flatMap(({ users, offsets, items }) =>
      [...users].map((user, at) => [user, ...items.subarray(offsets[at], offsets[at + 1])]),
    );
    expect(new Set(pairs.map(([user]) => user))).toEqual(new Set(kept.map(({ user }) => user)));
    for (const [user, ...items] of pairs) {
      expect(items).toEqual(
        kept
          .filter((row) => row.user === user)
          .map(({ item }) => item)
          .sort((a, b) => a - b),
      );
    }
    for (const { times, types } of read) expect([times.length, types.length]).toEqual([0, 0]);
  });

  test('When no action is kept, the requested shards have no users', async () => {
    const run = await runOver(texts, 7);
    const read = await shuffled(run, { keep: () => false });
    expect(read.map(({ users, offsets }) => [users.length, ...offsets])).toEqual(Array(7).fill([0, 0]));
  });

  test('Too many rejected lines fail the shuffle', async () => {
    await expect(shuffled(await runOver(['bad\n', ...texts], 2))).rejects.toThrow(TooManyRejectsError);
    expect(await shuffled(await runOver(['bad\n', ...texts], 2, 1 / 3001))).toHaveLength(2);
  });
});
