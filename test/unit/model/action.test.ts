import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../shared/columns/bytes.ts';
import { groupedRecordProblem, parseActionExactly } from '../../../shared/model/action-exact.ts';
import { GroupedAction } from '../../../shared/model/action-grouped.ts';
import { ActionLineWriter } from '../../../shared/model/action-line.ts';
import { RawAction } from '../../../shared/model/action-raw.ts';
import { ActionScanner } from '../../../shared/model/action-scan.ts';
import { parseTimeText } from '../../../shared/model/time.ts';
import { readPlainly } from '../../reference/raw-action.ts';
import { RAW_LINE, TEXT_ID_LINE } from '../../reference/raw-lines.ts';

const CANONICAL =
  '{"timestamp_utc":"2011-08-30T08:15:00Z","client":"shop","client_userid":"u1","userid":338,"itemid":3278,' +
  '"client_itemid":"i9","rectag":"default","type":1,"value":2}';

/** Puts the line between others, as in a chunk. */
function inChunk(line: Buffer): [Buffer, number, number] {
  return [Buffer.concat([Buffer.from('"}\n'), line, Buffer.from('\n{"')]), 3, 3 + line.length];
}

function parseRaw(text: string | Buffer, action = new RawAction()): string {
  const line = Buffer.from(text);
  return action.parse(...inChunk(line)) ? lineOf(action) : `rejected: ${action.reason}`;
}

/** Returns the line that grouping writes for the action. */
function lineOf({ clientNames, client, user, item, type, texts }: RawAction): string {
  const writer = new ActionLineWriter(clientNames[client]!);
  const line = Buffer.alloc(texts.length + writer.added);
  return line.toString('utf8', 0, writer.write(user, item, type, texts.bytes, 0, line, viewOf(line), 0));
}

describe('RawAction', () => {
  test('The time of the line replaces that of the record', () => {
    const line = `2012-01-01T00:00:00.5+01 \t actions\t${CANONICAL}`;
    expect(parseRaw(line)).toBe(`${CANONICAL.replace('2011-08-30T08:15:00Z', '2012-01-01T00:00:00.5+01')}\n`);
    expect(parseRaw(CANONICAL)).toBe(`${CANONICAL}\n`);
    expect(parseRaw(`2012-01-01T00 x {"client":"c","itemid":1}`)).toBe(
      '{"timestamp_utc":"2012-01-01T00","client":"c","client_userid":null,"userid":0,"itemid":1,"client_itemid":null,' +
        '"rectag":null,"type":0,"value":0}\n',
    );
  });

  test.each([
    ['"value":2', '"value":6.0', '"value":6'],
    ['"value":2', '"value":0.10', '"value":0.1'],
    ['"value":2', '"value":1e3', '"value":1000'],
    ['"value":2', '"value":-0.0', '"value":0'],
    ['"value":2', '"value":1e-7', '"value":1e-7'],
    ['"userid":338', '"userid":5.0', '"userid":5'],
    ['"userid":338', '"userid":9007199254740991', '"userid":9007199254740991'],
    ['"client":"shop"', '"client":"sh\\u006fp"', '"client":"shop"'],
    ['"rectag":"default"', '"rectag":"a\\/b\\u00e9"', '"rectag":"a/bé"'],
    ['"rectag":"default"', '"rectag":null', '"rectag":null'],
    ['"value":2', '"value":2,"extra_data":null', '"value":2'],
    [
      '"value":2',
      '"value":2,"extra_data":{ "a" : [1.0, 1e400 ," x "]}',
      '"value":2,"extra_data":{"a":[1.0,1e400," x "]}',
    ],
    ['"value":2', '"value":2,"extra_data":12345678901234567890.50', '"value":2,"extra_data":12345678901234567890.50'],
    ['"value":2', '"value":2,"unknown":[1],"x":1e5', '"value":2'],
    ['"userid":338', '"userid":1,"userid":338', '"userid":338'],
    ['"userid":338', '"userid":1,"userid":null', '"userid":0'],
    ['"itemid":3278', '"__proto__":{"itemid":7},"itemid":3278', '"itemid":3278'],
  ])('%s given as %s is written %s', (field, given, written) => {
    expect(parseRaw(CANONICAL.replace(field, given))).toBe(`${CANONICAL.replace(field, written)}\n`);
  });

  const isId = 'not an integer from 0 to 9007199254740991';
  test.each([
    ['"userid":338', '"userid":"338"', `userid: ${isId}`],
    ['"userid":338', '"userid":-1', `userid: ${isId}`],
    ['"itemid":3278', '"itemid":9007199254740992', `itemid: ${isId}`],
    ['"itemid":3278', '"itemid":12345678901234567890', `itemid: ${isId}`],
    ['"itemid":3278', '"itemid":1.5', `itemid: ${isId}`],
    ['"itemid":3278,', '', 'itemid: missing'],
    ['"itemid":3278', '"itemid":null', 'itemid: missing'],
    ['"itemid":3278', '"__proto__":{"itemid":3278}', 'itemid: missing'],
    ['"type":1', '"type":1.5', 'type: not an integer'],
    ['"value":2', '"value":1e400', 'value: not a finite number'],
    ['"value":2', '"value":NaN', 'not JSON'],
    ['"client_userid":"u1"', '"client_userid":7', 'client_userid: not a string'],
    ['"client":"shop",', '', 'client: missing'],
    ['"client":"shop"', '"client":"../x"', 'client: starts with "."'],
    ['"client":"shop"', '"client":"\\ud800"', 'client: holds a lone surrogate'],
    ['"timestamp_utc":"2011-08-30T08:15:00Z",', '', 'time: missing'],
    ['2011-08-30T08:15:00Z', '2011-08-30 08:15:00', 'time: not ISO-8601'],
    ['"timestamp_utc":"2011-08-30T08:15:00Z"', '"timestamp_utc":5', 'timestamp_utc: not a string'],
    ['}', '', 'not JSON'],
  ])('%s given as %s is rejected: %s', (field, given, reason) => {
    expect(parseRaw(CANONICAL.replace(field, given))).toBe(`rejected: ${reason}`);
  });

  // The text before a record, and the reason for which it is rejected.
  test.each([
    ['2011-12-09 22:00:00\t', 'date and time are to be joined by T'],
    ['2011-12-09 22:00:00\tactions\t', 'date and time are to be joined by T'],
    ['2011-12-09 22:00\t', 'date and time are to be joined by T'],
    ['2011-12-09 T22:00:00.5+01:00 ', 'date and time are to be joined by T'],
    ['9 22:00:00,123Z ', 'date and time are to be joined by T'],
    ['2011-12-09T22:00:00 +0100 ', 'time and zone are to be joined'],
    ['2011-12-09T22:00:00 -05:00 actions ', 'time and zone are to be joined'],
    ['2011-12-09\tactions\t', 'time: a date without a time of day'],
    ['2011-12-09T\tactions\t', 'time: not ISO-8601'],
    ['yesterday\tactions\t', 'time: not ISO-8601'],
    ['[09/Dec/2011:22:00:00 Z] actions ', 'time: not ISO-8601'],
    ['Dec 9 22:00:00 host actions: ', 'time: not ISO-8601'],
    ['2011-12-09T22:00:00Z\t', 'tag: missing'],
    ['2011-12-09T22:00:00Z a b ', 'not JSON'],
  ])('A record behind %j is rejected: %s', (head, reason) => {
    expect(parseRaw(head + CANONICAL)).toBe(`rejected: ${reason}`);
  });

  test('An empty client_userid counts as missing, however it is spelt', () => {
    const anonymous = CANONICAL.replace('"u1"', '""');
    for (const line of [anonymous, anonymous.replace('"rectag"', '"rect\\u0061g"')]) {
      const action = new RawAction();
      expect(parseRaw(line, action)).toBe(`${CANONICAL.replace('"u1"', 'null')}\n`);
      expect(action.hasClientUserid).toBe(false);
    }
  });

  test('A record is read at the beginning of the buffer, with any field first', () => {
    const line = Buffer.from('{"client":"c","itemid":1,"timestamp_utc":"2012-01-01"}');
    const action = new RawAction();
    expect(action.parse(line, 0, line.length)).toBe(true);
    expect(lineOf(action)).toBe(
      '{"timestamp_utc":"2012-01-01","client":"c","client_userid":null,"userid":0,"itemid":1,"client_itemid":null,' +
        '"rectag":null,"type":0,"value":0}\n',
    );
  });

  test('A line that is not a record is rejected with a reason', () => {
    expect(parseRaw('[1]')).toBe('rejected: not JSON');
    expect(parseRaw('2011-08-30 x [1]')).toBe('rejected: not a JSON object');
    expect(parseRaw('2011-08-30 x')).toBe('rejected: not JSON');
    expect(parseRaw(Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')]))).toBe(
      'rejected: not UTF-8',
    );
    // An overlong slash and an encoded surrogate are not UTF-8 either.
    for (const bad of [
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
    ]) {
      const line = CANONICAL.replace('u1', '??');
      const [head, tail] = line.split('??') as [string, string];
      expect(parseRaw(Buffer.concat([Buffer.from(head), Buffer.from(bad), Buffer.from(tail)]))).toBe(
        'rejected: not UTF-8',
      );
    }
  });

  test('The client of a rejected record is known when its name is valid', () => {
    const action = new RawAction();
    expect(parseRaw(CANONICAL.replace('"itemid":3278,', ''), action)).toBe('rejected: itemid: missing');
    expect(action.clientNames[action.client]).toBe('shop');
    expect(parseRaw(CANONICAL.replace('shop', '_shop'), action)).toBe('rejected: client: starts with "_"');
    expect(action.client).toBe(-1);
    expect(action.clientNames).toEqual(['shop']);
  });

  test('A line that would be too long once written is rejected', () => {
    const line = (padding: number) =>
      `{"timestamp_utc":"2011-08-30","itemid":1,"client":"c","rectag":"${'x'.repeat(padding)}"}`;
    const written = Buffer.byteLength(parseRaw(line(0))) - 1;
    // 15 bytes are reserved for the id that may replace userid 0.
    const most = 2 ** 20 - 15 - written;
    expect(parseRaw(line(most))).toHaveLength(2 ** 20 - 15 + 1);
    expect(parseRaw(line(most + 1))).toBe('rejected: longer than 1 MiB');
  });

  describe('with assigned ids', () => {
    /** Returns the texts that make the ids of user and item. */
    function textsOf(fields: string): string {
      const action = new RawAction('assign');
      const line = Buffer.from(`{"timestamp_utc":"2011-08-30T08:15:00Z","client":"shop",${fields}}`);
      if (!action.parse(line, 0, line.length)) return `rejected: ${action.reason}`;
      const { bytes, userStart, userEnd, itemStart, itemEnd } = action.texts;
      return `${bytes.toString('utf8', userStart, userEnd)} ${bytes.toString('utf8', itemStart, itemEnd)}`;
    }

    test.each([
      ['"client_userid":"anna","userid":7,"client_itemid":"SKU-1","itemid":5', '"anna" "SKU-1"'],
      // What stands beside a client's own id is not looked at.
      ['"client_userid":"anna","userid":-7.5,"client_itemid":"SKU-1","itemid":{"a":1}', '"anna" "SKU-1"'],
      ['"userid":7,"itemid":"SKU-1"', '"7" "SKU-1"'],
      ['"userid":"7","itemid":5.0', '"7" "5"'],
      ['"client_userid":"","userid":"7","client_itemid":null,"itemid":0', '"7" "0"'],
      ['"userid":9007199254740991,"itemid":1e3', '"9007199254740991" "1000"'],
      ['"userid":0,"itemid":"a"', 'null "a"'],
      ['"userid":-0.0,"itemid":"a"', 'null "a"'],
      ['"userid":"0","itemid":"a"', 'null "a"'],
      ['"userid":"","itemid":"a"', 'null "a"'],
      ['"userid":null,"itemid":"a"', 'null "a"'],
      // A client's own id may be any text.
      ['"client_userid":"0","itemid":" a "', '"0" " a "'],
      ['"client_userid":"\\u0061\\u00e9\\/","itemid":"\\"\\n"', '"aé/" "\\"\\n"'],
      ['"userid":"u"', 'rejected: itemid: missing'],
      ['"userid":"u","itemid":""', 'rejected: itemid: missing'],
      ['"userid":true,"itemid":"a"', 'rejected: userid: neither a text nor an integer from 0 to 9007199254740991'],
      ['"userid":1,"itemid":1.5', 'rejected: itemid: neither a text nor an integer from 0 to 9007199254740991'],
      [
        '"userid":1,"itemid":9007199254740992',
        'rejected: itemid: neither a text nor an integer from 0 to 9007199254740991',
      ],
      ['"client_userid":5,"itemid":1', 'rejected: client_userid: not a string'],
      ['"userid":"\\ud800","itemid":1', 'rejected: user id: holds a lone surrogate'],
      ['"client_itemid":"\\udc00\\ud800","itemid":1', 'rejected: item id: holds a lone surrogate'],
    ])('%s has the texts %s', (fields, texts) => {
      expect(textsOf(fields)).toBe(texts);
    });

    const record = '"client":"shop","userid":"u","itemid":"a"';
    test.each([
      [`{"timestamp_utc":1323417600,${record}}`, '2011-12-09T08:00:00.000Z'],
      [`{"timestamp_utc":"1323417600250",${record}}`, '2011-12-09T08:00:00.250Z'],
      [`{"timestamp_utc":1323417600.50,${record}}`, '2011-12-09T08:00:00.500Z'],
      [`1323417600\tactions\t{${record}}`, '2011-12-09T08:00:00.000Z'],
      [`1323417600.25 actions {"timestamp_utc":5,${record}}`, '2011-12-09T08:00:00.250Z'],
      [`{"timestamp_utc":"2011-12-09T08:00:00,5",${record}}`, '2011-12-09T08:00:00,5'],
      [`{"timestamp_utc":20111209,${record}}`, 'rejected: time: neither ISO-8601 nor an epoch time'],
      [`yesterday actions {${record}}`, 'rejected: time: neither ISO-8601 nor an epoch time'],
      [`2011-12-09 actions {${record}}`, 'rejected: time: a date without a time of day'],
    ])('the time of %s is written %s', (text, time) => {
      const action = new RawAction('assign');
      const line = Buffer.from(text);
      const isAction = action.parse(line, 0, line.length);
      [action.user, action.item] = [1, 2];
      const written = isAction ? lineOf(action) : `rejected: ${action.reason}`;
      expect(time.startsWith('rejected') ? written : JSON.parse(written).timestamp_utc).toBe(time);
    });
  });

  test.each([
    { ids: 'given' as const, lines: RAW_LINE, runs: 15_000 },
    { ids: 'assign' as const, lines: TEXT_ID_LINE, runs: 6_000 },
  ])(
    'The parser agrees with the reference, and the scanner with the exact parser, on lines of every kind: ids $ids',
    ({ ids, lines, runs }) => {
      const action = new RawAction(ids);
      const scanner = new ActionScanner(ids === 'assign');
      let accepted = 0;
      let fast = 0;
      fc.assert(
        fc.property(lines, (line) => {
          fc.pre(!/^[\t-\r ]*$/.test(line.toString('latin1')));
          const expected = readPlainly(line, ids === 'assign');
          const isAction = action.parse(...inChunk(line));
          if ('reason' in expected) {
            expect({ reason: isAction ? '' : action.reason, client: action.clientNames[action.client] }).toEqual(
              expected,
            );
            return;
          }
          accepted++;
          const json = line.indexOf('{"');
          if (json >= 0 && scanner.scan(line, json, line.length)) fast++;
          const { user, item, type, timeMs } = expected;
          if (ids === 'given') expect([action.user, action.item]).toEqual([user, item]);
          else [action.user, action.item] = [user, item];
          expect(isAction ? lineOf(action) : action.reason).toBe(`${expected.print(user)}\n`);
          expect([action.type, action.timeMs]).toEqual([type, timeMs]);
          expect(action.clientNames[action.client]).toBe(expected.client);
          expect(action.hasClientUserid).toBe(expected.clientUserid !== undefined);
          // The places of the client's own ids among the texts contain these ids.
          const { bytes, userStart, userEnd, itemStart, itemEnd } = action.texts;
          expect(bytes.toString('utf8', userStart, userEnd)).toBe(JSON.stringify(expected.clientUserid ?? null));
          if (ids === 'given') return;
          expect(bytes.toString('utf8', itemStart, itemEnd)).toBe(JSON.stringify(expected.clientItemid));
        }),
        { numRuns: runs, seed: 1 },
      );
      // Many lines must be actions, and many of these must be scanned, or the test proves nothing.
      expect(accepted).toBeGreaterThan(ids === 'given' ? 4_000 : 1_500);
      expect(fast / accepted).toBeGreaterThan(0.3);
    },
  );
});

describe('GroupedAction', () => {
  const grouped = new GroupedAction();
  const parse = (text: string) => grouped.parse(...inChunk(Buffer.from(text)));

  test('The numbers of an action are read', () => {
    expect(parse(CANONICAL)).toBe(true);
    const { user, item, type, value, timeMs, reason } = grouped;
    // 2011-08-30T08:15:00Z in seconds: date -d … +%s gives 1314692100.
    expect({ user, item, type, value, timeMs, reason }).toEqual({
      user: 338,
      item: 3278,
      type: 1,
      value: 2,
      timeMs: 1_314_692_100_000,
      reason: '',
    });
    expect(parse('{"itemid":0,"userid":1,"timestamp_utc":"1970-01-01"}')).toBe(true);
    expect([grouped.user, grouped.item, grouped.type, grouped.value, grouped.timeMs]).toEqual([1, 0, 0, 0, 0]);
  });

  test.each([
    [CANONICAL.replace('338', '0'), 'userid: missing'],
    [CANONICAL.replace('"userid":338,', ''), 'userid: missing'],
    [CANONICAL.replace('"itemid":3278,', ''), 'itemid: missing'],
    [CANONICAL.replace('"2011-08-30T08:15:00Z"', 'null'), 'time: missing'],
    [CANONICAL.replace('08:15', '0815'), 'time: not ISO-8601'],
    [CANONICAL.replace('"shop"', '7'), 'client: not a string'],
    [`x ${CANONICAL}`, 'not JSON'],
    [`${CANONICAL}x`, 'not JSON'],
  ])('%s is rejected: %s', (line, reason) => {
    expect(parse(line)).toBe(false);
    expect(grouped.reason).toBe(reason);
  });

  test('Lines of two writers with different fields are read in turn', () => {
    const other = '{ "userid": 7, "itemid": 8, "x": 1.5, "timestamp_utc": "1970-01-01", "value": 0.5 }';
    for (let i = 0; i < 5; i++) {
      expect(parse(CANONICAL) && grouped.user).toBe(338);
      expect(parse(other) && [grouped.user, grouped.item, grouped.type, grouped.value].join()).toBe('7,8,0,0.5');
      expect(parse(CANONICAL.replace('"client_userid":"u1",', '')) && grouped.item).toBe(3278);
    }
  });

  test('The parser agrees with the exact parser on lines of every kind', () => {
    fc.assert(
      fc.property(RAW_LINE, (bytes) => {
        const [buffer, start, end] = inChunk(bytes);
        const { record, reason } = parseActionExactly(buffer, start, start, end);
        const problem = reason ?? groupedRecordProblem(record!) ?? '';
        const isAction = grouped.parse(buffer, start, end);
        expect(grouped.reason).toBe(problem);
        expect(isAction).toBe(problem === '');
        if (record === undefined || !isAction) return;
        const { user, item, type, value, timeMs } = grouped;
        const { userid, itemid, timestamp_utc } = record;
        expect([user, item, type, value, timeMs]).toEqual([
          ...[userid, itemid, record.type, record.value, parseTimeText(timestamp_utc!)],
        ]);
      }),
      { numRuns: 8_000, seed: 2 },
    );
  });

  test('The lines that grouping writes are read back', () => {
    const raw = new RawAction();
    fc.assert(
      fc.property(RAW_LINE, (bytes) => {
        if (!raw.parse(...inChunk(bytes)) || raw.user === 0) return;
        const line = Buffer.from(lineOf(raw));
        expect(grouped.parse(line, 0, line.length - 1)).toBe(true);
        expect([grouped.user, grouped.item, grouped.type, grouped.timeMs]).toEqual([
          raw.user,
          raw.item,
          raw.type,
          raw.timeMs,
        ]);
      }),
      { numRuns: 3_000, seed: 3 },
    );
  });
});
