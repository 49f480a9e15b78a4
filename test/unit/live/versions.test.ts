import { expect, test } from 'vitest';
import { requestTimeOf } from '../../../shared/live/versions.ts';
import { BEGUN, versionFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { sealed } from '../../../shared/store/sealed.ts';

const RUN = '00000000000000aa';
const ASKED = '2011-12-09T03:00:00Z';
const MARK = sealed({ requestedAt: ASKED, run: RUN });

test.each([
  ['unchanged', MARK, ASKED],
  ['without a checksum, as earlier versions wrote it', JSON.stringify({ requestedAt: ASKED, run: RUN }), ASKED],
  ['changed in one digit of its time', MARK.replace('2011', '2019'), null],
  ['cut off', MARK.slice(0, -5), null],
  ['empty', '', null],
  ['a record with other members', sealed({ run: RUN }), null],
])('A mark that is %s gives the request time or nothing', async (_, mark, time) => {
  const store = new MemoryStore();
  const place = { store, client: 'shop', node: 'mf' };
  await store.put(versionFolder('shop', 'mf', 15_317, RUN) + BEGUN, mark);
  expect(await requestTimeOf(place, { day: 15_317, run: RUN })).toBe(time);
});
