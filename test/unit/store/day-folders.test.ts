import { expect, test } from 'vitest';
import { dayFoldersIn } from '../../../shared/store/day-folders.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

test('The days of a job folder are those of its day folders, and the whole ones have a _SUCCESS', async () => {
  const store = new MemoryStore('/root');
  const keys = [
    ...['10/part-00000', '10/_SUCCESS', '9/_SUCCESS', '2/_BEGUN'],
    ...['11-0123456789abcdef/_SUCCESS', '12/deeper/_SUCCESS', '13', 'notes/_SUCCESS'],
  ];
  for (const key of keys) await store.put(`shop/actions/${key}`, Buffer.from('x'));
  await store.put('shop/actions2/14/_SUCCESS', Buffer.from('x'));
  expect(await dayFoldersIn(store, 'shop/actions/')).toEqual({ all: new Set([10, 9, 2]), whole: [9, 10] });
});
