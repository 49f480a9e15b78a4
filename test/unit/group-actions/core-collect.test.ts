import { describe, expect, test } from 'vitest';
import type { ActionCollector } from '../../../functions/group-actions/core-collect.ts';
import { rejectShare } from '../../../shared/job/reject-words.ts';
import { MAX_LINE_BYTES } from '../../../shared/lines/line-splitter.ts';
import { collect, rejectsIn } from './in-shards.ts';

const line = (fields: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ timestamp_utc: '2011-12-09T08:00:00Z', client: 'shop', userid: 1, itemid: 2, ...fields });

const collected = (lines: readonly string[], singleClient?: string) =>
  collect([{ name: 'a/log', bytes: Buffer.from(lines.join('\n')) }], 4, singleClient);

const LINES = [
  line({}),
  line({ userid: 0, client_userid: 'u1' }),
  line({ userid: 0 }),
  line({ timestamp_utc: '2011-12-10' }),
  line({ itemid: -1 }),
  line({ client: 'Shop', client_userid: 'u1' }),
  line({ client: '../shop' }),
  'no JSON',
];

/** Returns the rejected lines as they are published. */
async function rejectsOf({ rejects }: ActionCollector): Promise<{ line: number; reason: string }[]> {
  const lines = (await rejectsIn(rejects)).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

describe('collecting actions', () => {
  test('Counts are kept for each client, names are compared exactly, and lines without a client count only in total', () => {
    const collector = collected(LINES);
    expect([collector.read.lines, collector.read.rejected]).toEqual([8, 3]);
    expect([...collector.clients.keys()]).toEqual(['shop', 'Shop']);
    // Among the five lines of 'shop', one is rejected, one has no id, and one belongs to the next day.
    expect(collector.clients.get('shop')!.counts).toEqual({ read: 5, rejected: 1, nameless: 1, otherDays: 1 });
    expect(collector.clients.get('Shop')!.counts).toEqual({ read: 1, rejected: 0, nameless: 0, otherDays: 0 });
  });

  test('Actions are separated from those that still need their id', () => {
    const { actions, pending, sightings } = collected(LINES).clients.get('shop')!;
    expect([actions.length, pending.length, sightings.size]).toEqual([2, 1, 0]);
    expect(collected(LINES).clients.get('Shop')!.sightings.size).toBe(1);
  });

  test('Only the single client is kept, but all lines are counted and rejected', async () => {
    const collector = collected(LINES, 'Shop');
    expect([collector.read.lines, collector.read.rejected]).toEqual([8, 3]);
    expect(await rejectsOf(collector)).toHaveLength(3);
    expect([...collector.clients.keys()]).toEqual(['Shop']);
  });

  test('A rejected line has its place, its reason and its beginning', async () => {
    const rejects = await rejectsOf(collected(['', ...LINES]));
    // The first line is blank. It has a number, but is not counted.
    expect(rejects).toEqual([
      { object: 'a/log', line: 6, reason: 'itemid: not an integer from 0 to 9007199254740991', text: LINES[4] },
      { object: 'a/log', line: 8, reason: 'client: starts with "."', text: LINES[6] },
      { object: 'a/log', line: 9, reason: 'not JSON', text: 'no JSON' },
    ]);
  });

  test('20,000 records on one line of 2.6 MB without line breaks are read one by one', () => {
    const records = Array.from({ length: 20_000 }, (_, at) => line({ userid: at + 1, value: 1 }));
    const normal = Array.from({ length: 20 }, (_, at) => line({ userid: at + 1 }));
    const joined = records.join('');
    expect(joined.length).toBeGreaterThan(1.5 * MAX_LINE_BYTES);
    const { read, clients } = collected([...normal, joined, ...normal]);
    expect([read.lines, read.rejected]).toEqual([20_040, 0]);
    expect(read.bytes).toBe([...normal, joined, ...normal].join('').length);
    expect(clients.get('shop')!.actions.length).toBe(20_040);
  });

  test('Each malformed record of a joined line is counted with its bytes', async () => {
    const bad = line({ itemid: -1 });
    const collector = collected([`${line({})}${bad}${line({})} {"client":`, line({})]);
    expect([collector.read.lines, collector.read.rejected]).toEqual([5, 2]);
    expect(collector.read.rejectedBytes).toBe(bad.length + '{"client":'.length);
    expect((await rejectsOf(collector)).map((reject) => reject.line)).toEqual([1, 1]);
  });

  test.each([5, 20_000])('%d joined lines of a collector are one rejected line, with all their bytes', (count) => {
    const joined = `2011-12-09T08:15:00Z\tactions\t${line({})}`.repeat(count);
    const { read } = collected([...Array.from({ length: 20 }, () => line({})), joined]);
    expect([read.lines, read.rejected]).toEqual([21, 1]);
    expect(read.rejectedBytes).toBe(joined.length);
    expect(rejectShare(read)).toBeGreaterThan(joined.length / (joined.length + 20 * 100));
  });

  test('A line of 1 MiB is accepted and a longer one is rejected', async () => {
    const ofLength = (bytes: number) => {
      const empty = line({ unknown: '' });
      return line({ unknown: 'x'.repeat(bytes - empty.length) });
    };
    const collector = collected([ofLength(MAX_LINE_BYTES), ofLength(MAX_LINE_BYTES + 1), line({})]);
    expect([collector.read.lines, collector.read.rejected]).toEqual([3, 1]);
    expect((await rejectsOf(collector))[0]).toMatchObject({ line: 2, reason: 'longer than 1 MiB' });
    // The client of a line that was not read is unknown.
    expect(collector.clients.get('shop')!.counts).toMatchObject({ read: 2, rejected: 0 });
  });

  test('A line that would be written longer than 1 MiB is rejected', () => {
    // The line has exactly 1 MiB before the fields that it lacks are added.
    const empty = '{"timestamp_utc":"2011-12-09","client":"shop","itemid":2,"extra_data":""}';
    const filled = `${empty.slice(0, -2)}${'x'.repeat(MAX_LINE_BYTES - empty.length)}"}`;
    const { read, clients } = collected([filled]);
    expect(filled).toHaveLength(MAX_LINE_BYTES);
    expect(read.rejected).toBe(1);
    expect(clients.get('shop')!.counts).toMatchObject({ read: 1, rejected: 1 });
  });
});
