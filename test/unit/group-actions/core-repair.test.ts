import { describe, expect, test } from 'vitest';
import { orderPart } from '../../../functions/group-actions/core-order.ts';
import { repair, Sightings } from '../../../functions/group-actions/core-repair.ts';
import { DayTally } from '../../../functions/group-actions/core-tally.ts';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { DAY } from './hostile-logs.ts';
import { collect, readBack, rowsOf } from './in-shards.ts';

const key = (text: string) => viewOf(Buffer.from(text));
const userOf = (sightings: Sightings, text: string) => sightings.user(key(text), 0, key(text).byteLength);

function sightingsOf(seen: readonly (readonly [name: string, user: number, time: number])[]): Sightings {
  const sightings = new Sightings();
  for (const [name, user, time] of seen) sightings.add(key(name), 0, key(name).byteLength, user, time);
  return sightings;
}

describe('sightings of user ids', () => {
  test('The latest id counts, in whatever order the ids come', () => {
    expect(
      userOf(
        sightingsOf([
          ['a', 7, 100],
          ['a', 3, 200],
          ['a', 9, 150],
        ]),
        'a',
      ),
    ).toBe(3);
    expect(
      userOf(
        sightingsOf([
          ['a', 3, 200],
          ['a', 7, -100],
        ]),
        'a',
      ),
    ).toBe(3);
  });

  test('The largest id counts when several have the same time', () => {
    const large = Number.MAX_SAFE_INTEGER;
    expect(
      userOf(
        sightingsOf([
          ['a', 9, 100],
          ['a', 10, 100],
          ['a', 2, 100],
        ]),
        'a',
      ),
    ).toBe(10);
    expect(
      userOf(
        sightingsOf([
          ['a', large, 100],
          ['a', large - 1, 100],
        ]),
        'a',
      ),
    ).toBe(large);
  });

  test('Keys are compared byte by byte', () => {
    const sightings = sightingsOf([
      ['a', 1, 0],
      ['A', 2, 0],
      ['ab', 3, 0],
      ['', 4, 0],
    ]);
    expect(['a', 'A', 'ab', '', 'b'].map((text) => userOf(sightings, text))).toEqual([1, 2, 3, 4, undefined]);
  });

  test('Thousands of sightings are kept', () => {
    const seen = Array.from({ length: 5_000 }, (_, user) => [`u${user}`, user, 0] as const);
    const sightings = sightingsOf(seen);
    expect(seen.every(([name, user]) => userOf(sightings, name) === user)).toBe(true);
    expect(sightings.records(7).length).toBe(5_000);
  });
});

/** Repairs records of the client 'shop', given by their members, and returns the resulting lines. */
async function repaired(records: readonly Readonly<Record<string, unknown>>[]) {
  const text = records.map((fields) =>
    JSON.stringify({ timestamp_utc: '2011-12-09', client: 'shop', itemid: 5, ...fields }),
  );
  const { clients } = collect([{ name: 'log', bytes: Buffer.from(text.join('\n')) }], 1);
  const { pending, sightings } = clients.get('shop')!;
  const result = repair([await readBack(pending)], [await readBack(sightings.records(1))], 1, new DayTally(DAY));
  const read = await readBack(result.records);
  const lines = Buffer.concat([...orderPart('shop', [read], 0, 1)])
    .toString('utf8')
    .split('\n')
    .slice(0, -1);
  return { ...result, numbers: rowsOf(read).flatMap((row) => row.numbers), lines };
}

describe('repair', () => {
  test('The id is taken from an earlier or a later action of the day', async () => {
    const {
      lines,
      repaired: count,
      dropped,
    } = await repaired([
      { client_userid: 'early', userid: 12, timestamp_utc: '2011-12-09T01' },
      { client_userid: 'early', timestamp_utc: '2011-12-09T05' },
      { client_userid: 'late', timestamp_utc: '2011-12-09T05' },
      { client_userid: 'late', userid: 34, timestamp_utc: '2011-12-09T09' },
      { client_userid: 'never', timestamp_utc: '2011-12-09T09' },
    ]);
    expect([count, dropped]).toEqual([2, 1]);
    expect(lines.map((line) => JSON.parse(line)).map(({ client_userid, userid }) => [client_userid, userid])).toEqual([
      ['early', 12],
      ['late', 34],
    ]);
  });

  test('Only the id is changed, even to one of 16 digits', async () => {
    const id = Number.MAX_SAFE_INTEGER;
    const { lines, numbers } = await repaired([
      { client_userid: 'u', userid: id },
      { client_userid: 'u', userid: 0, type: 3, client_itemid: '"userid":0', extra_data: { userid: 0, itemid: 0 } },
    ]);
    expect(lines).toEqual([
      `{"timestamp_utc":"2011-12-09","client":"shop","client_userid":"u","userid":${id},"itemid":5,` +
        '"client_itemid":"\\"userid\\":0","rectag":null,"type":3,"value":0,"extra_data":{"userid":0,"itemid":0}}',
    ]);
    // The numbers are user, time, item and type. 2011-12-09 is day 15317.
    expect(numbers).toEqual([id, 15_317 * 86_400_000, 5, 3]);
  });

  test('The id is replaced at the right place behind names that look like it', async () => {
    const names = [',"userid":0,"itemid":', '","userid":0,"itemid":', '\\', '\\"', ',"client":', '\ud800', 'ü'];
    const { lines, dropped } = await repaired(
      names.flatMap((client_userid, at) => [
        { client_userid, userid: at + 1 },
        { client_userid, userid: 0 },
      ]),
    );
    expect(dropped).toBe(0);
    expect(lines.map((line) => JSON.parse(line)).map(({ client_userid, userid }) => [client_userid, userid])).toEqual(
      names.map((name, at) => [name, at + 1]),
    );
  });

  test('Equal names that are written in two ways are one user', async () => {
    const text = [
      '{"timestamp_utc":"2011-12-09","client":"shop","itemid":5,"client_userid":"\\u00fc\\/","userid":8}',
      '{"timestamp_utc":"2011-12-09","client":"sh\\u006fp","itemid":5,"client_userid":"ü/"}',
    ];
    const { clients } = collect([{ name: 'log', bytes: Buffer.from(text.join('\n')) }], 1);
    const { pending, sightings } = clients.get('shop')!;
    const { repaired: count } = repair(
      [await readBack(pending)],
      [await readBack(sightings.records(1))],
      1,
      new DayTally(DAY),
    );
    expect(count).toBe(1);
  });

  test('Repairing nothing gives nothing', () => {
    expect(repair([], [], 3, new DayTally(DAY))).toMatchObject({ repaired: 0, dropped: 0 });
  });
});
