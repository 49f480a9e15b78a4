/** A day without some users is what grouping its logs anew writes with these users on the list. */
import { describe, expect, test } from 'vitest';
import { exampleOf } from '../../../functions/examples.ts';
import { forgetInDay, forgetInPairs } from '../../../functions/group-actions/forget-day.ts';
import { groupActions } from '../../../functions/group-actions/job.ts';
import { forgottenText } from '../../../shared/forget/forgotten-list.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { assignedId } from '../../../shared/model/assigned-id.ts';
import { partOf } from '../../../shared/shuffle/parts.ts';
import type { Store } from '../../../shared/store/store.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { textAt } from '../../helpers/store-texts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const example = await exampleOf('group-actions');
const DAY = example.day;
const CLIENT = 'client0';
const FOLDER = `${CLIENT}/actions/${DAY}/`;
const MAIN = `_rejected/${DAY}/_SUCCESS`;

/** Groups the example's logs. @param forgotten the users of the client that are on its list */
async function grouped(forgotten: readonly number[], more: Readonly<Record<string, JsonValue>> = {}): Promise<Store> {
  const settings = { ...(example.prepare(temporaryFolder()) as Record<string, JsonValue>), ...more };
  const before: Record<string, Uint8Array> = {};
  if (forgotten.length > 0) {
    before[`_forgotten/${CLIENT}`] = Buffer.from('');
    before[`${CLIENT}/_forgotten/ids.ndjson`] = Buffer.from(forgottenText(Float64Array.from(forgotten).sort()));
  }
  const cloud = new JobCloud({ job: groupActions, client: undefined, day: DAY, settings, before });
  await cloud.run({ shards: 2 });
  return cloud.output;
}

/** Returns name → bytes as text, and the manifest without what names its run. */
async function contentOf(store: Store, folder: string) {
  const files = new Map<string, string>();
  for await (const { key } of store.list(folder)) {
    const name = key.slice(folder.length);
    if (name !== '_BEGUN' && name !== '_SUCCESS') {
      files.set(name, Buffer.from((await store.get(key)).bytes).toString('latin1'));
    }
  }
  return { files, manifest: await manifestAt(store, `${folder}_SUCCESS`) };
}

async function manifestAt(store: Store, key: string) {
  const { run: _run, checksum: _checksum, ...manifest } = JSON.parse(await textAt(store, key));
  return manifest;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const userOf = (line: string): number => JSON.parse(line).userid;

async function usersOf(store: Store): Promise<number[]> {
  const { files } = await contentOf(store, FOLDER);
  const users = [...files].flatMap(([name, text]) => (name.startsWith('part-') ? linesOf(text).map(userOf) : []));
  return [...new Set(users)];
}

const wanted = (ids: readonly number[]) => ({ ids: new Set(ids), texts: new Set<string>() });

describe('a day without some users', () => {
  test.each([false, true])(
    'It has the files, counts, figures and sketch of a new grouping (gzipOutput %s)',
    async (gzipOutput) => {
      const store = await grouped([], { gzipOutput });
      const users = gzipOutput ? [3, 5] : (await usersOf(store)).filter((_, place) => place % 5 === 2);
      const expected = await grouped(users, { gzipOutput });
      expect(await forgetInDay({ store, client: CLIENT, day: DAY }, wanted(users))).toBe(true);
      const found = await contentOf(store, FOLDER);
      expect(found).toEqual(await contentOf(expected, FOLDER));
      expect(await manifestAt(store, MAIN)).toEqual(await manifestAt(expected, MAIN));
      expect(found.manifest.counts.forgotten).toBeGreaterThan(0);
      // Nothing is left of the staged files, and a second call changes nothing.
      for await (const { key } of store.list('.work/forget/')) expect.unreachable(key);
      const success = await textAt(store, `${FOLDER}_SUCCESS`);
      await forgetInDay({ store, client: CLIENT, day: DAY }, wanted(users));
      expect(await textAt(store, `${FOLDER}_SUCCESS`)).toBe(success);
    },
  );

  test('With assigned ids the pairs of the user are gone too, as after a new grouping', async () => {
    const more = { ids: 'assign' };
    const store = await grouped([], more);
    const user = assignedId('u3');
    const expected = await grouped([user], more);
    const pairs = `${CLIENT}/ids/${DAY}/`;
    expect((await contentOf(store, pairs)).files.get('part-00000')).toContain(
      `{"kind":"user","id":${user},"text":"u3"}`,
    );
    const place = { store, client: CLIENT, day: DAY };
    await forgetInDay(place, wanted([user]));
    await forgetInPairs(place, pairs, wanted([user]));
    expect(await contentOf(store, FOLDER)).toEqual(await contentOf(expected, FOLDER));
    expect((await contentOf(store, pairs)).files).toEqual((await contentOf(expected, pairs)).files);
    expect((await contentOf(store, pairs)).files.get('part-00000')).not.toContain('"u3"');
  });

  test('Without any user left the folder is removed, as a new grouping would', async () => {
    const store = await grouped([]);
    const users = await usersOf(store);
    const expected = await grouped(users);
    await forgetInDay({ store, client: CLIENT, day: DAY }, wanted(users));
    for (const root of [store, expected]) for await (const { key } of root.list(FOLDER)) expect.unreachable(key);
    expect(await manifestAt(store, MAIN)).toEqual(await manifestAt(expected, MAIN));
  });

  test('Its lines are dealt anew to another number of parts', async () => {
    const store = await grouped([]);
    const place = { store, client: CLIENT, day: DAY };
    const users = await usersOf(store);
    let left = users;
    for (const parts of [3, 2, 5, 1]) {
      const lines = [...(await contentOf(store, FOLDER)).files.entries()].flatMap(([name, text]) =>
        name.startsWith('part-') ? linesOf(text) : [],
      );
      const [gone, ...kept] = left as [number, ...number[]];
      left = kept;
      await forgetInDay(place, wanted([gone]), () => parts);
      const { files } = await contentOf(store, FOLDER);
      expect(files.size).toBe(parts + 1);
      for (let part = 0; part < parts; part++) {
        const own = lines.filter((line) => userOf(line) !== gone && partOf(userOf(line), parts) === part);
        // Sorting is stable, so the lines of a user keep their order.
        own.sort((a, b) => userOf(a) - userOf(b));
        expect(linesOf(files.get(`part-0000${part}`)!), `part ${part} of ${parts}`).toEqual(own.map(latin1));
      }
    }
  });
});

/** The files above are read as latin1, so that bytes are compared. */
const latin1 = (line: string): string => line;

test('A folder of another system, and one that is not whole, is left alone', async () => {
  const store = await grouped([]);
  await store.delete(`${FOLDER}_SUCCESS`);
  const before = await contentOf(await grouped([]), FOLDER);
  expect(await forgetInDay({ store, client: CLIENT, day: DAY }, wanted([3]))).toBe(false);
  const after = new Map<string, string>();
  for await (const { key } of store.list(FOLDER)) {
    if (!key.endsWith('_BEGUN'))
      after.set(key.slice(FOLDER.length), Buffer.from((await store.get(key)).bytes).toString('latin1'));
  }
  expect(after).toEqual(before.files);
});
