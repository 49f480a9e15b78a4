import { describe, expect, test } from 'vitest';
import { NEW_DAY } from '../../../functions/day-arrival/core.ts';
import { openRecord, readJson, recordKey, writeJson } from '../../../functions/day-arrival/day-records.ts';
import { DamagedObjectError } from '../../../shared/errors.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const DAY = 15_317;

describe('damaged objects', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"run":"07'],
    ['changed', '{"checksum":"92902f09","day":15317,"run":"07f4"}'],
  ])('An object that is %s raises an error that names it', async (_case, text) => {
    const store = new MemoryStore('/out');
    await store.put('x.json', text);
    await expect(readJson(store, 'x.json')).rejects.toThrow('/out/x.json is damaged');
    await expect(readJson(store, 'x.json')).rejects.toBeInstanceOf(DamagedObjectError);
  });

  test('A damaged record of a day counts as missing and is replaced', async () => {
    const store = new MemoryStore('/out');
    await store.put(recordKey(DAY), '{"run":"07');
    const { record, replace } = await openRecord(store, DAY);
    expect(record).toEqual(NEW_DAY);
    expect(await replace(NEW_DAY)).toBe(true);
    expect((await openRecord(store, DAY)).record).toEqual(NEW_DAY);
  });
});

test('Records are sealed, lists have the form that the state machine reads, and both are read back', async () => {
  const store = new MemoryStore('/out');
  await writeJson(store, 'record.json', { run: '07f3' });
  await writeJson(store, 'clients.json', ['a', 'b']);
  expect((await readJson(store, 'record.json'))?.value).toEqual({ run: '07f3' });
  expect(JSON.parse(new TextDecoder().decode((await store.get('clients.json')).bytes))).toEqual(['a', 'b']);
  expect((await readJson(store, 'clients.json'))?.value).toEqual(['a', 'b']);
});
