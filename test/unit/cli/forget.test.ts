import { describe, expect, test } from 'vitest';
import { userIds, usersOf } from '../../../cli/forget/users-of.ts';
import { forgetReport } from '../../../cli/report-forget.ts';
import { assignedId } from '../../../shared/model/assigned-id.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

async function shop(): Promise<MemoryStore> {
  const store = new MemoryStore('/models');
  const line = (userid: number, client_userid: string): string =>
    `${JSON.stringify({ timestamp_utc: '2011-12-09T08:00:00Z', client: 'shop', client_userid, userid, itemid: 5 })}\n`;
  await store.put('shop/actions/15316/part-00000', line(7, 'anna b.') + line(7, 'anna') + line(8, 'ben'));
  await store.put('shop/actions/15316/_SUCCESS', '');
  return store;
}

describe('the users that a command means', () => {
  test('Ids and names lead to each other, over all grouped days', async () => {
    const store = await shop();
    const byName = await usersOf(store, 'shop', { ids: [], texts: ['anna'] });
    expect([byName.ids, byName.days]).toEqual([new Set([7]), [15_316]]);
    expect(byName.texts).toEqual(new Set(['anna', 'anna b.']));
    const byId = await usersOf(store, 'shop', { ids: [7], texts: [] });
    expect(byId.texts).toEqual(new Set(['anna', 'anna b.']));
  });

  test('A forgotten user is found by the name that the id was made from, and any other unknown name is refused', async () => {
    const store = await shop();
    await expect(usersOf(store, 'shop', { ids: [], texts: ['cleo'] })).rejects.toThrow(
      'has the name "cleo" in the 1 grouped',
    );
    await store.put('shop/_forgotten/ids.ndjson', `{"user":${assignedId('cleo')}}\n`);
    expect((await usersOf(store, 'shop', { ids: [], texts: ['cleo'] })).ids).toEqual(new Set([assignedId('cleo')]));
  });

  test.each(['0', '-1', '1.5', 'anna', '9007199254740992', ''])('%j is no id of a user', (text) => {
    expect(() => userIds([text])).toThrow('is no user id');
  });
});

test('The report says what is left and why, and in S3 that a bucket may keep versions', () => {
  const left = {
    kind: 'model' as const,
    place: 'shop/models/mf/15317-a/',
    objects: 2,
    isSure: true,
    outcome: 'stays' as const,
    because: 'it is live',
  };
  const about = {
    client: 'shop',
    users: [7, 9],
    root: 's3://bucket/models',
    applied: true,
    found: [left],
    left: [left],
  };
  const text = forgetReport(about);
  expect(text).toContain('what held users 7, 9 of shop');
  expect(text).toContain('From now on no run uses users 7, 9 of shop.');
  expect(text).toContain('model: it is live');
  expect(text).toContain('noncurrent versions');
  const clean = forgetReport({ ...about, root: '/models', left: [] });
  expect(clean).toContain('A second search has found nothing');
  expect(clean).not.toContain('noncurrent');
});
