import { describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../../shared/errors.ts';
import {
  forgottenOf,
  forgottenText,
  markedClients,
  parseForgotten,
  readForgotten,
} from '../../../shared/forget/forgotten-list.ts';
import { ForgottenFilter } from '../../../shared/forget/forgotten-of-run.ts';
import type { ActionBatch } from '../../../shared/model/action-columns.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

describe('the list of forgotten users', () => {
  test('It is read as it is written, in order and each user once', () => {
    const users = Float64Array.of(7, 12_346, Number.MAX_SAFE_INTEGER);
    const text = forgottenText(users);
    expect(text).toBe('{"user":7}\n{"user":12346}\n{"user":9007199254740991}\n');
    expect(parseForgotten(text, 'list')).toEqual(users);
    expect(parseForgotten('{"user":9}\r\n\n{"user":7, "since":"today"}\n{"user":9}', 'list')).toEqual(
      Float64Array.of(7, 9),
    );
  });

  test.each(['7', 'null', '{"user":"7"}', '{"user":0}', '{"user":1.5}', '{"user":9007199254740992}', '{"user":7'])(
    'The line %s is refused with its place, because a run without it could use a forgotten user',
    async (line) => {
      const store = new MemoryStore('/root');
      await store.put('shop/_forgotten/ids.ndjson', `{"user":1}\n${line}\n`);
      const reading = readForgotten(store, 'shop');
      await expect(reading).rejects.toThrow(DamagedObjectError);
      await expect(reading).rejects.toThrow('/root/shop/_forgotten/ids.ndjson, line 2: ');
    },
  );

  test('A client without a list has no forgotten user, and lists are found by their marks', async () => {
    const store = new MemoryStore();
    await store.put('shop/_forgotten/ids.ndjson', '{"user":1}\n');
    await store.put('empty/_forgotten/ids.ndjson', '\n');
    for (const mark of ['shop', 'empty', '.odd']) await store.put(`_forgotten/${mark}`, '');
    expect(await readForgotten(store, 'other')).toEqual({ users: new Float64Array(), etag: undefined });
    expect(await markedClients(store)).toEqual(['empty', 'shop']);
    expect(await forgottenOf(store, ['empty', 'other', 'shop'])).toEqual(new Map([['shop', Float64Array.of(1)]]));
  });
});

describe('the filter of forgotten users', () => {
  const batchOf = (list: readonly number[]): ActionBatch => {
    const column = (factor: number) => Float64Array.from(list, (user, row) => factor * row + user / 8);
    const columns = { items: column(1), types: column(2), times: column(3), values: column(4) };
    return { users: Float64Array.from(list), ...columns, count: list.length };
  };
  const rowsOf = ({ users, items, types, times, values, count }: ActionBatch) =>
    Array.from({ length: count }, (_, row) => [users, items, types, times, values].map((column) => column[row]));

  test.each([
    [[], []],
    [[7], [7]],
    [[7, 7, 8, 8, 9], [7]],
    [[7, 7, 8, 8, 9], [8]],
    [
      [7, 7, 8, 8, 9],
      [9, 5],
    ],
    [
      [7, 8, 7, 7, 8, 9, 7, 9, 9],
      [7, 9],
    ],
    [[1, 2, 3], [4]],
  ])('Of users %j it leaves out %j with all columns', (users, forgotten) => {
    const filter = new ForgottenFilter(new Set(forgotten));
    const expected = rowsOf(batchOf(users)).filter(([user]) => !forgotten.includes(user as number));
    expect(rowsOf(filter.keep(batchOf(users)))).toEqual(expected);
    expect(filter.count).toBe(users.length - expected.length);
    filter.keep(batchOf(users));
    expect(filter.count).toBe(2 * (users.length - expected.length));
  });
});
