/** `offline forget --apply` on a root in memory: what it finds, what it leaves, and that it can be killed at each write. */
import { describe, expect, test } from 'vitest';
import { applyForget } from '../../../cli/forget/apply.ts';
import { exampleOf } from '../../../functions/examples.ts';
import { groupActions } from '../../../functions/group-actions/job.ts';
import { JOBS } from '../../../functions/index.ts';
import { findUsers } from '../../../shared/forget/find-users.ts';
import type { Search } from '../../../shared/forget/finding.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { killedStore } from '../../helpers/interrupted-store.ts';
import { startS3Fake } from '../../helpers/s3-fake.ts';
import { clientOfFake } from '../../helpers/s3-fake-client.ts';
import { contents } from '../../helpers/store-texts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const CLIENT = 'client0';
const USER = 3;
const RUN = '0123456789abcdef';
const OTHER_RUN = 'fedcba9876543210';

const searchIn = (store: Store, more: Partial<Search> = {}): Search => ({
  store,
  client: CLIENT,
  jobs: JOBS,
  wanted: { ids: new Set([USER]), texts: new Set(['u3']) },
  named: new Set(),
  unfinished: false,
  ...more,
});

/** Key → text of everything that holds, or does not hold, the user. Numbers that equal the id but are no users are among them. */
const OBJECTS: Readonly<Record<string, string>> = {
  'client0/matrix-factorization/15316/userFeatures.txt': '3|0.5,0.25\n4|3,3\n',
  'client0/matrix-factorization/15316/_SUCCESS': '{}',
  'client0/matrix-factorization/15315/userFeatures.txt': '33|3,3\n4|3,3\n',
  'client0/matrix-factorization/15315/productFeatures.txt': '3|3,3\n',
  [`client0/models/mf/15316-${RUN}/userFeatures.txt`]: '3|1\n',
  [`client0/models/mf/15316-${RUN}/_BEGUN`]: '{}',
  [`client0/models/mf/15317-${RUN}/userFeatures.txt`]: '3|1\n',
  [`client0/models/mf/15318-${RUN}/userFeatures.txt`]: '31|3\n',
  'client0/models/mf/_live/root.json': `{"live":"15317-${RUN}","earlier":[{"version":"15316-${RUN}","until":"2011-12-10T00:00:00.000Z"}]}`,
  'client0/cluster/15317/part-00000': '{"user":4,"dim":3,"weight":3}\n{"user":3,"dim":1,"weight":1}\n',
  'client0/recommendations/15316/part-00000': '{"user":4,"items":[[3,3]],"from":"model"}\n',
  'client0/recommendations/15317/part-00000': '{"user":"u3","items":[["a",3]],"from":"model"}\n',
  'client0/tagaffinity/15317/part-00000': '{"user":4,"tag":"3","weight":3}\n',
  'client0/sessionitems/15317/part-00000': '3 3 3\n',
  'client0/sessionitems/15316/_rejected': '{"object":"a","line":1,"reason":"x","text":"{\\"userid\\": 3,"}\n',
  'client0/ids/15317/part-00000': '{"kind":"user","id":3,"text":"u3"}\n{"kind":"item","id":3,"text":"u3"}\n',
  'client0/own/15317/part-00000': 'somebody 3\n',
  'client0/own/15316/part-00000': 'nobody 33 1.3 a3\n',
  'client0/report/15317/index.html': '<h4>User 3</h4>',
  'client0/report/15316/index.html': '<h4>User 33</h4><b>3</b>',
  'client1/cluster/15317/part-00000': '{"user":3,"dim":1,"weight":1}\n',
  [`.work/matrix-factorization/client0/${RUN}/planned-v2/rate/00000`]: 'columns',
  [`.work/matrix-factorization/client0/${RUN}/usage.json`]: '{}',
  [`.work/matrix-factorization/client0/${OTHER_RUN}/planned-v2/rate/00000`]: 'columns',
  [`.work/matrix-factorization/client1/${RUN}/usage.json`]: '{}',
  [`.work/word2vec/client0/${RUN}/usage.json`]: '{}',
  '.work/evaluate/client0/client0/matrix-factorization/15317/userFeatures.txt': '3|1\n',
  '.work/evaluate/client0/published/15317.json': '{}',
  '.work/tune/client0/search-1/search.json': '{}',
  '.work/tune/client0/search-1/rung-0/x': 'columns',
};

async function sealedManifest(store: Store, prefix: string): Promise<void> {
  const { writeFolder, etagsOf } = await import('../../../shared/job/publish.ts');
  const { hashOfAll } = await import('../../../shared/store/body.ts');
  const part = await store.get(`${prefix}part-00000`);
  const file = { name: 'part-00000', ...(await hashOfAll(part.bytes)) };
  const begun = { run: RUN, requestedAt: '2011-12-10T00:00:00.000Z' };
  const put = async () => file;
  const manifest = {
    run: RUN,
    job: 'group-actions',
    version: 6,
    client: null,
    day: 15_317,
    settings: {},
    counts: {},
    files: [file],
  };
  await writeFolder(
    store,
    { prefix, begun, files: [{ name: 'part-00000', put }], manifest: () => manifest },
    await etagsOf(store, prefix),
  );
}

/** A root with a grouped day and all of the objects above. */
async function makeRoot(): Promise<MemoryStore> {
  const example = await exampleOf('group-actions');
  const settings = example.prepare(temporaryFolder()) as Record<string, JsonValue>;
  const cloud = new JobCloud({ job: groupActions, client: undefined, day: example.day, settings });
  await cloud.run({ shards: 2 });
  // The other clients would only make the copies below slower.
  for await (const { key } of cloud.output.list('client')) {
    if (!key.startsWith(`${CLIENT}/`)) await cloud.output.delete(key);
  }
  for (const [key, text] of Object.entries(OBJECTS)) await cloud.output.put(key, text);
  await sealedManifest(cloud.output, 'client0/ids/15317/');
  for await (const { key } of cloud.output.list('.work/group-actions/_all/')) {
    const [area] = /^.*\/[0-9a-f]{16}\//.exec(key) ?? [];
    if (area !== undefined) await cloud.output.put(`${area}usage.json`, '{}');
  }
  return cloud.output;
}

async function copyOf(store: Store): Promise<MemoryStore> {
  const copy = new MemoryStore(store.root);
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key)).bytes);
  return copy;
}

const root = await makeRoot();
const places = (found: readonly { kind: string; place: string; outcome: string }[]): string[] =>
  found.map(({ kind, place, outcome }) => `${kind} ${place} ${outcome}`);

describe('forgetting a user', () => {
  test('Every place that holds the user is found, exactly where files can be read, and nothing is changed', async () => {
    const before = await contents(root);
    const found = await findUsers(searchIn(root));
    const grouping = places(found).filter((place) => place.startsWith('work area .work/group-actions/_all/'));
    expect(grouping).toHaveLength(1);
    expect(places(found).filter((place) => !grouping.includes(place))).toEqual([
      'actions client0/actions/15317/ rewritten',
      'output client0/cluster/15317/ removed',
      'ids client0/ids/15317/ rewritten',
      'output client0/matrix-factorization/15316/ removed',
      `model client0/models/mf/15316-${RUN}/ removed`,
      `model client0/models/mf/15317-${RUN}/ stays`,
      'output client0/own/15317/ removed',
      'output client0/recommendations/15317/ removed',
      'report client0/report/15317/ removed',
      'output client0/sessionitems/15316/ removed',
      `work area .work/matrix-factorization/client0/${RUN}/ removed`,
      `work area .work/matrix-factorization/client0/${OTHER_RUN}/ stays`,
      'trainings .work/evaluate/client0/client0/ removed',
      'trainings .work/tune/client0/search-1/ removed',
    ]);
    expect(found.find(({ place }) => place.startsWith('client0/own/'))!.isSure).toBe(false);
    expect(await contents(root)).toEqual(before);
  });

  test('After it only the live model, the unfinished run and other clients have the user, and the list is in order', async () => {
    const store = await copyOf(root);
    await store.put('client0/_forgotten/ids.ndjson', '{"user":2}\n{"user":9}\n');
    const { left } = await applyForget(searchIn(store), () => undefined);
    expect(places(left)).toEqual([
      `model client0/models/mf/15317-${RUN}/ stays`,
      `work area .work/matrix-factorization/client0/${OTHER_RUN}/ stays`,
    ]);
    const after = await contents(store);
    expect(after['client0/_forgotten/ids.ndjson']).toBe('{"user":2}\n{"user":3}\n{"user":9}\n');
    expect(after['client0/ids/15317/part-00000']).toBe('{"kind":"item","id":3,"text":"u3"}\n');
    for (const [key, text] of Object.entries(after)) {
      if (key.startsWith('client0/actions/') && key.includes('part-')) expect(text).not.toContain('"userid":3,');
    }
    for (const key of ['client1/cluster/15317/part-00000', `.work/matrix-factorization/client1/${RUN}/usage.json`]) {
      expect(after[key]).toBe(OBJECTS[key]);
    }
    const again = await applyForget(searchIn(store, { unfinished: true }), () => undefined);
    expect(places(again.left)).toEqual([`model client0/models/mf/15317-${RUN}/ stays`]);
  });

  test('Files that no job has written are named, and neither they nor the outputs beside them are removed', async () => {
    const store = await copyOf(root);
    const own = ['client0/items.csv', 'client0/actions/.DS_Store', 'client0/catalogue/shoes/part-00000'];
    for (const key of own) await store.put(key, '3\0');
    const outputs = await contents(store);
    const { left } = await applyForget(searchIn(store), () => undefined);
    const folders = ['client0/', 'client0/actions/', 'client0/catalogue/shoes/'];
    expect(places(left)).toEqual(expect.arrayContaining(folders.map((folder) => `output ${folder} stays`)));
    const after = await contents(store);
    const kept = [...own, `client0/models/mf/15318-${RUN}/userFeatures.txt`, 'client0/own/15316/part-00000'];
    expect(kept.map((key) => after[key])).toEqual(kept.map((key) => outputs[key]));
    expect(Object.keys(after)).toContain('client0/actions/15317/_SUCCESS');
  });

  test('What has the texts of the users goes before the actions and pairs in which the texts are found', async () => {
    const said: string[] = [];
    await applyForget(searchIn(await copyOf(root)), (words) => said.push(words));
    expect(said.slice(-2)).toEqual(['rewritten: client0/actions/15317/', 'rewritten: client0/ids/15317/']);
    expect(said).toContain('removed: client0/recommendations/15317/');
  });

  test('Killed at any write and called again, it ends with the same objects', async () => {
    const whole = await copyOf(root);
    await applyForget(searchIn(whole), () => undefined);
    const expected = await contents(whole);
    let kills = 0;
    for (const when of ['before', 'after'] as const) {
      // A write whose answer is lost differs from the next one that does not begin in the answer alone.
      for (let write = 0; ; write += when === 'before' ? 1 : 3) {
        const store = await copyOf(root);
        const killed = await applyForget(searchIn(killedStore(store, when, write)), () => undefined).then(
          () => false,
          (error) => {
            expect(String(error)).toContain('killed');
            return true;
          },
        );
        if (!killed) break;
        kills++;
        await applyForget(searchIn(store), () => undefined);
        expect(await contents(store), `${when} write ${write}`).toEqual(expected);
      }
    }
    expect(kills).toBeGreaterThan(50);
  });
});

describe('in S3', () => {
  test('The same places are found, rewritten and removed', async () => {
    const whole = await copyOf(root);
    const expected = await applyForget(searchIn(whole), () => undefined);
    await using fake = await startS3Fake();
    const client = clientOfFake(fake);
    try {
      const store = new S3Store(client, fake.bucket, 'models');
      for await (const { key } of root.list('')) await store.put(key, (await root.get(key)).bytes);
      const { found, left } = await applyForget(searchIn(store), () => undefined);
      expect(places(found)).toEqual(places(expected.found));
      expect(places(left)).toEqual(places(expected.left));
      expect(await contents(store)).toEqual(await contents(whole));
    } finally {
      client.destroy();
    }
  });
});
