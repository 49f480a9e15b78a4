import { expect, test } from 'vitest';
import { AssignedIds } from '../../../functions/group-actions/core-assign.ts';
import { ActionCollector } from '../../../functions/group-actions/core-collect.ts';
import { pairLines, pairsOfPart } from '../../../functions/group-actions/core-pairs.ts';
import type { RecordBytes } from '../../../functions/group-actions/core-records.ts';
import { pairRecords } from '../../../functions/group-actions/stored-pairs.ts';
import { addRecords, readRecords } from '../../../functions/group-actions/stored-records.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { LineSplitter } from '../../../shared/lines/line-splitter.ts';
import type { IdKind } from '../../../shared/model/assigned-id.ts';
import { rejectsIn, segmentFile } from './in-shards.ts';

const line = (user: string, item: string) =>
  JSON.stringify({ timestamp_utc: 1_323_417_600, client: 'shop', userid: user, itemid: item });

/** Collects lines with another function for the ids. */
function collected(assign: (text: string) => number, lines: readonly string[]): ActionCollector {
  const collector = new ActionCollector({ buckets: 3, day: 15_317, singleClient: undefined, ids: 'assign', assign });
  const splitter = new LineSplitter(collector.sink('log'));
  splitter.push(Buffer.from(lines.join('\n')));
  splitter.finish();
  return collector;
}

/** Returns the pairs of a kind that a shard met, as they go through the shuffle. */
async function shuffled({ clients }: ActionCollector, kind: IdKind): Promise<RecordBytes> {
  const file = await segmentFile((writer) => addRecords(writer, pairRecords(clients, 3)));
  return (await readRecords(file, 'shop', kind, 0, 3))!;
}

test('A text gets its id once, however many texts there are', () => {
  let made = 0;
  const ids = new AssignedIds((text) => {
    made++;
    return Number(text) + 0.5;
  });
  const texts = Array.from({ length: 1000 }, (_, number) => viewOf(Buffer.from(`"${number}"`)));
  for (let round = 0; round < 3; round++) {
    for (const [number, text] of texts.entries()) expect(ids.idOf(text, 0, text.byteLength)).toBe(number + 0.5);
  }
  expect(made).toBe(1000);
});

test('The pairs of several shards are merged, each once and by id', async () => {
  const assign = (text: string) => text.length;
  const shards = [collected(assign, [line('aa', 'x'), line('b', 'yyy')]), collected(assign, [line('aa', 'zz')])];
  const users = pairsOfPart('user', await Promise.all(shards.map((shard) => shuffled(shard, 'user'))), 0, 1);
  const items = pairsOfPart('item', await Promise.all(shards.map((shard) => shuffled(shard, 'item'))), 0, 1);
  expect(pairLines('user', users).toString()).toBe(
    '{"kind":"user","id":1,"text":"b"}\n{"kind":"user","id":2,"text":"aa"}\n',
  );
  expect(pairLines('item', items).toString()).toMatch(
    /"id":1,"text":"x".*\n.*"id":2,"text":"zz".*\n.*"id":3,"text":"yyy"/,
  );
});

test.each([
  ['in one shard', [[line('anna', 'q"1'), line('anna', 'b')]]],
  ['in two shards', [[line('anna', 'b')], [line('ben', 'q"1')]]],
])('Two texts of one id %s end with both named', async (_where, shards) => {
  // The first 53 bits of SHA-256 do not collide for any known texts, so all items get one id here.
  const assign = (text: string) => (text === 'anna' || text === 'ben' ? text.length : 5);
  const records = await Promise.all(shards.map((lines) => shuffled(collected(assign, lines), 'item')));
  expect(() => pairsOfPart('item', records, 0, 1)).toThrow(
    expect.objectContaining({
      name: 'IdCollisionError',
      message: expect.stringContaining('the items "b" and "q\\"1" have the same assigned id, 5: '),
    }),
  );
});

test('A user and an item may have one text, and one id', async () => {
  const records = collected(() => 7, [line('a', 'b')]);
  expect(pairsOfPart('user', [await shuffled(records, 'user')], 0, 1)).toHaveLength(1);
  expect(pairsOfPart('item', [await shuffled(records, 'item')], 0, 1)).toHaveLength(1);
});

test('A user whose text has the id 0 is rejected, and an item may have it', async () => {
  const assign = (text: string) => (text === 'zero' ? 0 : 9);
  const collector = collected(assign, [line('zero', 'a'), line('b', 'zero')]);
  const { counts, actions } = collector.clients.get('shop')!;
  expect([counts.read, counts.rejected, actions.length, collector.days.counts().actions]).toEqual([2, 1, 1, 1]);
  expect(await rejectsIn(collector.rejects)).toContain('the id of this text is 0, which stands for no user');
  expect(pairsOfPart('user', [await shuffled(collector, 'user')], 0, 1)).toMatchObject([{ id: 9 }]);
  expect(pairsOfPart('item', [await shuffled(collector, 'item')], 0, 1)).toMatchObject([{ id: 0 }]);
});

test('Pairs of lines that are dropped are not kept', async () => {
  const collector = collected((text) => text.length, [line('0', 'a'), line('', 'b')]);
  const { counts } = collector.clients.get('shop')!;
  expect([counts.read, counts.nameless]).toEqual([2, 2]);
  expect(pairsOfPart('item', [await shuffled(collector, 'item')], 0, 1)).toEqual([]);
});
