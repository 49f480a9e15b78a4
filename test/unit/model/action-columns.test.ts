import { expect, test } from 'vitest';
import { ActionColumns, BATCH_ROWS } from '../../../shared/model/action-columns.ts';

const line = (id: number, client: string) =>
  `{"timestamp_utc":"2011-08-30T08:15:00Z","client":"${client}","client_userid":null,"userid":${id},"itemid":0,` +
  `"client_itemid":"","rectag":"a ~}{[:,","type":0,"value":12.50}\n`;

/** Lines with strings of all lengths up to 40. The reader examines 16 bytes at once. */
const LINES = Array.from({ length: 41 }, (_, length) => line(length + 1, 'x'.repeat(length)));

function loaded(text: string): ActionColumns {
  const columns = new ActionColumns();
  const bytes = Buffer.from(`}\n${text}{"timestamp_utc":"2011`);
  columns.load(bytes, 2, 2 + text.length);
  return columns;
}

test('Every line in the form that grouping writes is read', () => {
  const text = LINES.join('');
  const columns = loaded(text);
  expect(columns.read(0, text.length)).toBe(text.length);
  expect(columns.count).toBe(41);
  expect([...columns.users.subarray(0, 41)]).toEqual(LINES.map((_, i) => i + 1));
  // 2011-08-30T08:15:00Z in seconds: date -d … +%s gives 1314692100.
  const { items, types, times, values } = columns;
  expect([items[40], types[40], times[40], values[40]]).toEqual([0, 0, 1_314_692_100_000, 12.5]);
});

test('Ids up to 2^53 - 1 are read, and larger ones are left to the exact parser', () => {
  const ids = [999_999_999_999_999, 1e15, 2_456_475_299_651_555, Number.MAX_SAFE_INTEGER];
  const text = ids.map((id) => line(id, 'shop').replace('"itemid":0', `"itemid":${id}`)).join('');
  const columns = loaded(text);
  expect(columns.read(0, text.length)).toBe(text.length);
  expect([...columns.users.subarray(0, ids.length)]).toEqual(ids);
  expect([...columns.items.subarray(0, ids.length)]).toEqual(ids);
  for (const digits of ['9007199254740992', '9999999999999999', '12345678901234567', '18446744073709551617', '01']) {
    const odd = line(1, 'shop').replace('"userid":1,', `"userid":${digits},`);
    expect(loaded(odd).read(0, odd.length), digits).toBe(0);
  }
});

test('Reading stops before a line in another form and continues behind it', () => {
  const [before, behind] = [LINES.slice(0, 3).join(''), LINES.slice(3).join('')];
  for (const odd of ['\n', '{}\n', 'x\r\n', LINES[9]!.replace('xx', 'é'), LINES[9]!.replace(',"type"', ' ,"type"')]) {
    const bytes = Buffer.from(before + odd + behind);
    const columns = new ActionColumns();
    columns.load(bytes, 0, bytes.length);
    expect(columns.read(0, bytes.length)).toBe(before.length);
    expect(columns.count).toBe(3);
    expect(columns.read(bytes.length - behind.length, bytes.length)).toBe(bytes.length);
    expect(columns.count).toBe(41);
  }
});

test('Reading stops when the rows are full', () => {
  const one = line(7, 'shop');
  const text = one.repeat(20);
  const columns = loaded(text);
  columns.count = BATCH_ROWS - 10;
  expect(columns.read(0, text.length)).toBe(10 * one.length);
  expect(columns.count).toBe(BATCH_ROWS);
});

test('Earlier contents of the window are not read again', () => {
  const columns = loaded(LINES.join(''));
  const cut = Buffer.from(`${LINES[20]}${LINES[20]}`);
  for (let end = LINES[20]!.length; end < cut.length; end++) {
    columns.count = 0;
    columns.load(cut, 0, end);
    expect(columns.read(0, end)).toBe(LINES[20]!.length);
    columns.load(Buffer.from(LINES.slice(19).join('')), 0, 3000);
  }
});

test('Every day of 800 years is read, with milliseconds', () => {
  const days = Array.from({ length: 292_194 }, (_, day) => Date.UTC(1600, 0, 1) + day * 86_400_000 + day * 295);
  expect(new Date(days.at(-1)!).toISOString()).toMatch(/^2399-12-31/);
  const columns = new ActionColumns();
  for (let from = 0; from < days.length; from += 500) {
    const some = days.slice(from, from + 500);
    const times = some.map((ms) => new Date(ms).toISOString());
    const bytes = Buffer.from(times.map((time) => line(1, 'shop').replace('2011-08-30T08:15:00Z', time)).join(''));
    columns.count = 0;
    columns.load(bytes, 0, bytes.length);
    expect(columns.read(0, bytes.length)).toBe(bytes.length);
    expect([...columns.times.subarray(0, some.length)]).toEqual(some);
  }
});
