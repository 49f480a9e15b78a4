/** Users with many actions are left out as if the input did not have them, by every job that reads actions. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exampleOf } from '../../../functions/examples.ts';
import { JOB_NAMES, loadJob } from '../../../functions/registry.ts';
import { narrowed } from '../../../shared/columns/narrow.ts';
import { ActionCounter, usersAbove, withoutIds } from '../../../shared/shuffle/excluded-users.ts';
import { SegmentWriter } from '../../../shared/store/segments.ts';
import { runInMemory, type Settings } from '../../helpers/memory-run.ts';
import { openInMemory } from '../../helpers/segment-file.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { withoutBusyUsers } from '../../reference/excluded-users.ts';

const BUCKETS = 4;
const LARGE = 2 ** 33;

async function counted(...batches: readonly number[][]) {
  const counter = new ActionCounter();
  for (const users of batches) counter.add(users, users.length);
  const writer = new SegmentWriter();
  counter.writeTo(writer, BUCKETS);
  return openInMemory(writer.finish());
}

describe('users above a number of actions', () => {
  test('The actions of all readers are added up, and the limit itself is not above', async () => {
    // User 7 has 2 + 1 actions, user 3 has 2, user LARGE has 1 + 3, and user 9 has 1.
    const files = [await counted([7, 7, 3], [LARGE, 3]), await counted(), await counted([LARGE, LARGE, 7, LARGE, 9])];
    const above = (most: number) => usersAbove(files, { from: 0, to: BUCKETS }, most);
    expect(await above(4)).toEqual(new Set());
    expect(await above(3)).toEqual(new Set([LARGE]));
    expect(await above(2)).toEqual(new Set([LARGE, 7]));
    expect(await above(0)).toEqual(new Set([7, 3, LARGE, 9]));
  });

  test('A range of buckets has the users of these buckets alone', async () => {
    const users = Array.from({ length: 100 }, (_, user) => user);
    const file = await counted(users);
    const found: number[] = [];
    for (let from = 0; from < BUCKETS; from++) {
      const own = await usersAbove([file], { from, to: from + 1 }, 0);
      expect(own.size).toBeGreaterThan(0);
      expect(own.size).toBeLessThan(100);
      found.push(...own);
    }
    expect(found.sort((a, b) => a - b)).toEqual(users);
  });

  test('Their runs are left out, and all others keep their rows', () => {
    const runs = {
      ids: Float64Array.of(7, 3, 7, 9),
      starts: Uint32Array.of(0, 2, 3, 4, 6),
      columns: new Map([['items', narrowed(Float64Array.of(1, 2, 3, 4, 5, LARGE))]]),
    };
    const left = withoutIds(runs, new Set([7]));
    expect([...left.ids]).toEqual([3, 9]);
    expect([...left.starts]).toEqual([0, 1, 3]);
    expect([...left.columns.get('items')!]).toEqual([3, 5, LARGE]);
    expect(withoutIds(runs, new Set([8]))).toBe(runs);
  });
});

const READERS: string[] = [];
for (const name of JOB_NAMES) if ('excludeUsersAbove' in (await loadJob(name)).settings.shape) READERS.push(name);

test('Every job that reads actions by user has the setting', () => {
  expect(READERS).toEqual([
    'matrix-factorization',
    'similar-items',
    'sessionitems',
    'cluster-by-dimension',
    'tagaffinity',
    'basketanalysis',
    'evaluate',
    'recommendations',
  ]);
});

describe.each(READERS)('%s', (name) => {
  const PARTS = 7;

  /**
   * Deals the lines of a day to all parts, so that several shards read the actions of each user. A line that is not kept
   * becomes a blank one, because the number of buckets, and so the last digits of some sums, follow from the input's bytes.
   */
  function deal(folder: string, lines: readonly string[], isKept: (line: string) => boolean): void {
    for (let part = 0; part < PARTS; part++) {
      const own = lines.filter((_, index) => index % PARTS === part);
      const text = own.map((line) => `${isKept(line) ? line : ' '.repeat(line.length)}\n`);
      writeFileSync(join(folder, `part-0000${part}`), text.join(''));
    }
  }

  const linesBelow = (folder: string): string[] =>
    readdirSync(folder).flatMap((part) => readFileSync(join(folder, part), 'utf8').trimEnd().split('\n'));

  const userOf = (line: string): number => JSON.parse(line).userid;

  test('The output is that of an input without the users, in 1, 2 and 7 shards', async () => {
    const job = await loadJob(name);
    const example = await exampleOf(name);
    const [whole, without] = [temporaryFolder(), temporaryFolder()];
    const settings = example.prepare(whole) as Settings;
    cpSync(whole, without, { recursive: true });
    const days = readdirSync(join(whole, 'shop/actions')).map((day) => {
      const lines = linesBelow(join(whole, 'shop/actions', day));
      return { day, lines };
    });
    const actions = days.flatMap(({ lines }) => lines.map((line) => ({ user: userOf(line) })));
    const perUser = Map.groupBy(actions, ({ user }) => user);
    // Two of the 120 users have more actions than the third one.
    const most = [...perUser.values()].map(({ length }) => length).sort((a, b) => b - a)[2]!;
    const kept = new Set(withoutBusyUsers(actions, most).map(({ user }) => user));
    expect(kept.size).toBe(perUser.size - 2);
    for (const { day, lines } of days) {
      deal(join(whole, 'shop/actions', day), lines, () => true);
      deal(join(without, 'shop/actions', day), lines, (line) => kept.has(userOf(line)));
    }
    const output = temporaryFolder();
    example.published?.(output);
    const run = (changed: Settings, shards?: number) =>
      runInMemory(job, example.day, { ...settings, ...changed }, shards, output);

    const files = ({ files }: Awaited<ReturnType<typeof runInMemory>>) =>
      [...files].filter(([file]) => file.startsWith('part-') || !file.startsWith('_') || file === '_dimensions.json');
    const plain = await run({ inputPath: without });
    const { lines: linesWithout, ...counts } = plain.counts;
    expect(linesWithout).toBeLessThan(actions.length);
    expect(files(plain).length).toBeGreaterThan(0);
    for (const shards of [1, 2, 7]) {
      const found = await run({ excludeUsersAbove: most }, shards);
      expect(found.counts).toEqual({ ...counts, lines: actions.length, excludedUsers: 2 });
      for (const [file, text] of files(plain)) expect(found.files.get(file) === text, `${file}, ${shards}`).toBe(true);
    }
    expect(counts).not.toHaveProperty('excludedUsers');
    const all = await run({});
    expect(files(all).some(([file, text]) => plain.files.get(file) !== text)).toBe(true);
  });
});
