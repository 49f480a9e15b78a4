/** The commands on a live table of a real MariaDB. The table's comment says which version is live; the records follow it. */
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { similarItems } from '../../functions/similar-items/job.ts';
import { openSimilarities } from '../../functions/similar-items/live-similarities.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { StoreUnavailableError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { LiveRequest } from '../../shared/live/requests.ts';
import { answerRequest } from '../../shared/live/requests.ts';
import type { TableMark } from '../../shared/mysql/table-mark.ts';
import { BEGUN, SUCCESS, versionFolder } from '../../shared/store/keys.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { minutesLater } from '../helpers/live.ts';
import { useMariaDb, withSql } from '../helpers/mariadb.ts';

const server = useMariaDb();
const DAY = 15_317;
const NOW = new Date('2011-12-12T08:00:00Z');
let store: MemoryStore;
let config: MemoryStore;
let jdbc: string;
let created = 0;

beforeEach(async () => {
  store = new MemoryStore('/models');
  config = new MemoryStore('/config');
  jdbc = await server().create(`live${created++}`);
  await configure('shop', jdbc);
});

const configure = (client: string, address: string) =>
  config.put(
    `all_clients/${client}/offline/similar-items`,
    JSON.stringify({ jdbc: address, outputPath: '/models', inputPath: '/models' }),
  );

const run = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 16);
const folderOf = (name: string, day: number) => versionFolder('shop', 'similar-items', day, run(name));

/** Publishes a version whose scores are all `score`, requested so many minutes after the first day. */
async function publish(name: string, score: number, day = DAY): Promise<TableMark> {
  const requestedAt = minutesLater(score);
  const folder = folderOf(name, day);
  const text = [1, 2, 3].map((item) => `${JSON.stringify({ item1: item, item2: item + 10, sim: score })}\n`).join('');
  await store.put(folder + BEGUN, JSON.stringify({ run: run(name), requestedAt }));
  await store.put(`${folder}part-00000`, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const manifest = {
    run: run(name),
    job: 'similar-items',
    version: 2,
    client: 'shop',
    day,
    settings: {},
    counts: { similarities: 3 },
    files: [{ name: 'part-00000', size: text.length, sha256 }],
  };
  await store.put(folder + SUCCESS, JSON.stringify(manifest));
  return { run: run(name), day, requestedAt, client: 'shop', at: NOW.toISOString(), by: 'run', because: null };
}

const environment = () => ({
  openStore: async () => store,
  openConfigRoot: async () => new FolderConfigRoot(config),
  configRoot: '/config',
  settings: {},
  jobs: [similarItems],
  now: () => NOW,
});

type Request = Omit<LiveRequest, 'client' | 'job'> & { readonly client?: string };
const ask = async (request: Request): Promise<JsonValue> =>
  (await answerRequest({ client: 'shop', job: 'similar-items', ...request }, environment())).result;

/** Fills the table as a run does that ends right after the swap, before it records which version is live. */
async function fillTable(mark: TableMark, name: string): Promise<void> {
  await using table = await openSimilarities(jdbc);
  await table.fill({ store, folder: folderOf(name, mark.day) }, mark, () => ({ goesLive: true, isSame: false }));
}

async function scoreNow(): Promise<number> {
  const database = `live${created - 1}`;
  const [rows] = await withSql(server(), database, (connection) =>
    connection.query('SELECT DISTINCT score FROM item_similarity'),
  );
  return (rows as { score: number }[])[0]!.score;
}

const liveOf = (name: string, score: number, day = DAY) => ({
  day,
  run: run(name),
  requestedAt: minutesLater(score),
  location: `/models/${folderOf(name, day).slice(0, -1)}`,
});

test('models shows the live version by the table’s comment, the newest version and the counts', async () => {
  await fillTable(await publish('a', 1), 'a');
  await publish('b', 2, DAY + 1);
  expect(await ask({ command: 'models' })).toEqual([
    {
      client: 'shop',
      job: 'similar-items',
      node: 'similar-items',
      live: {
        location: liveOf('a', 1).location,
        day: DAY,
        date: '2011-12-09',
        run: run('a'),
        ageDays: 3,
        counts: { similarities: 3 },
      },
      newest: { day: DAY + 1, date: '2011-12-10', run: run('b') },
      verdict: null,
      held: null,
    },
  ]);
});

test('activate uploads a published version, and holds the table when the version is not newer', async () => {
  await fillTable(await publish('a', 1), 'a');
  await publish('b', 2);
  expect(await ask({ command: 'activate', run: run('b'), because: 'a test' })).toEqual({
    live: liveOf('b', 2),
    previous: liveOf('a', 1),
    hold: null,
  });
  expect(await scoreNow()).toBe(2);
  const back = await ask({ command: 'activate', run: run('a') });
  expect(back).toMatchObject({ live: liveOf('a', 1), previous: liveOf('b', 2) });
  expect(back).toMatchObject({ hold: { because: expect.stringContaining('is not newer') } });
  expect(await scoreNow()).toBe(1);
  await expect(ask({ command: 'activate', run: run('b') })).rejects.toMatchObject({
    name: 'NotActivatedError',
    message: expect.stringContaining('release'),
  });
  await ask({ command: 'release' });
  // With a day, the version of this day that was requested last goes live.
  expect(await ask({ command: 'activate', day: DAY })).toMatchObject({ live: liveOf('b', 2), hold: null });
});

/** Publishes and activates the versions a, b and c with the scores 1, 2 and 3. */
async function activateThree(): Promise<void> {
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    await publish(name, index + 1);
    await ask({ command: 'activate', run: run(name) });
  }
}

test('each rollback goes back one version and holds the table, and the history has every change', async () => {
  await activateThree();
  expect(await ask({ command: 'rollback', because: 'c is bad' })).toMatchObject({
    live: liveOf('b', 2),
    previous: liveOf('c', 3),
    hold: { since: NOW.toISOString(), because: 'c is bad' },
  });
  expect(await scoreNow()).toBe(2);
  expect(await ask({ command: 'rollback' })).toMatchObject({ live: liveOf('a', 1) });
  expect(await scoreNow()).toBe(1);
  await expect(ask({ command: 'rollback' })).rejects.toThrow('no earlier live model');
  expect(await scoreNow()).toBe(1);
  const history = (await ask({ command: 'history' })) as { by: string; live: { run: string } }[];
  expect(history.map(({ by, live }) => [by, live.run])).toEqual([
    ['activate', run('a')],
    ['activate', run('b')],
    ['activate', run('c')],
    ['hold', run('c')],
    ['rollback', run('b')],
    ['hold', run('b')],
    ['rollback', run('a')],
  ]);
});

test('the next command records a change that a run did not record', async () => {
  await fillTable(await publish('a', 1), 'a');
  expect(await ask({ command: 'history' })).toMatchObject([{ by: 'run', live: liveOf('a', 1) }]);
  await fillTable(await publish('b', 2), 'b');
  expect(await ask({ command: 'rollback' })).toMatchObject({ live: liveOf('a', 1), previous: liveOf('b', 2) });
});

test('a rollback that fails between the hold and the swap changes no rows, and repeating it completes it', async () => {
  await fillTable(await publish('a', 1), 'a');
  await ask({ command: 'history' });
  await fillTable(await publish('b', 2), 'b');
  await withSql(server(), `live${created - 1}`, async (connection) => {
    // The new table cannot be filled, so the command fails after its hold.
    await connection.query('DROP TABLE item_similarity_new');
    await connection.query('CREATE TABLE item_similarity_new (item_id varchar(1))');
  });
  await expect(ask({ command: 'rollback', because: 'why' })).rejects.toMatchObject({ name: 'DatabaseError' });
  expect(await scoreNow()).toBe(2);
  expect(await ask({ command: 'models' })).toMatchObject([{ live: { run: run('b') }, held: { because: 'why' } }]);
  await withSql(server(), `live${created - 1}`, (connection) => connection.query('DROP TABLE item_similarity_new'));
  expect(await ask({ command: 'rollback', because: 'why' })).toMatchObject({ live: liveOf('a', 1) });
});

test('hold records its reason, a second hold replaces the reason, and release ends the hold', async () => {
  await fillTable(await publish('a', 1), 'a');
  await ask({ command: 'hold', because: 'a sale' });
  expect(await ask({ command: 'hold', because: 'a longer sale' })).toMatchObject({
    live: liveOf('a', 1),
    hold: { since: NOW.toISOString(), because: 'a longer sale' },
  });
  expect(await ask({ command: 'release' })).toMatchObject({ hold: null });
  expect(await ask({ command: 'models' })).toMatchObject([{ held: null }]);
});

test('a version that is missing, damaged or another client’s is not activated, and the table stays', async () => {
  await fillTable(await publish('a', 1), 'a');
  await publish('b', 2);
  await expect(ask({ command: 'activate', run: '0123456789abcdef' })).rejects.toMatchObject({
    name: 'NotActivatedError',
  });
  await store.put(`${folderOf('b', DAY)}part-00000`, '{"item1":1,"item2":2,"sim":9}\n');
  await expect(ask({ command: 'activate', run: run('b') })).rejects.toMatchObject({ name: 'DamagedObjectError' });
  await configure('other', jdbc);
  await expect(ask({ command: 'hold', client: 'other' })).rejects.toThrow(/holds the similarities of client shop/);
  expect(await scoreNow()).toBe(1);
  await configure('shop', '');
  await expect(ask({ command: 'rollback' })).rejects.toThrow(/names no database \(jdbc\)/);
});

test('a client with an unreachable database hides no other client’s models, and its password is not shown', async () => {
  await fillTable(await publish('a', 1), 'a');
  await configure('other', 'jdbc:mysql://127.0.0.1:1/d?password=CANARY');
  const told = await answerRequest({ command: 'models' }, environment());
  expect(told.result).toMatchObject([{ client: 'shop' }]);
  expect(told.warnings.join()).toMatch(/other, similar-items: left out: .*check host and port/);
  expect(JSON.stringify(told)).not.toContain('CANARY');
});

/** Makes every put after the first `count` fail, as after a kill. Returns a function that repairs the store. */
function failPutsAfter(count: number): () => void {
  const put = store.put.bind(store);
  let puts = 0;
  store.put = async (...args) => {
    if (++puts > count) throw new StoreUnavailableError('killed');
    return put(...args);
  };
  return () => {
    store.put = put;
  };
}

type Change = { readonly by: string; readonly live: { readonly run: string } };
const lastChange = async (): Promise<Change | undefined> => ((await ask({ command: 'history' })) as Change[]).at(-1);

test('after a rollback is killed between any two writes, the next command makes table, record and history agree', async () => {
  await publish('a', 1);
  await publish('b', 2);
  await ask({ command: 'activate', run: run('a') });
  let isDone = false;
  let kills = 0;
  for (let puts = 0; !isDone; puts++) {
    await ask({ command: 'release' });
    await ask({ command: 'activate', run: run('b') });
    const repair = failPutsAfter(puts);
    isDone = await ask({ command: 'rollback' }).then(
      () => true,
      () => false,
    );
    repair();
    if (!isDone) kills++;
    const change = await lastChange();
    const [row] = (await ask({ command: 'models' })) as { live: { run: string }; held: object | null }[];
    const live = row!.live.run;
    expect(change?.live.run, `killed at put ${puts + 1}`).toBe(live);
    expect(await scoreNow(), `killed at put ${puts + 1}`).toBe(live === run('a') ? 1 : 2);
    // A version that is live by a rollback is held, wherever the rollback was killed.
    if (live === run('a')) expect(row!.held, `killed at put ${puts + 1}`).not.toBeNull();
    if (live === run('b')) await ask({ command: 'rollback' });
    expect(await scoreNow()).toBe(1);
  }
  expect(kills).toBeGreaterThan(3);
});

test('of two activations at once, each is in the history or is refused because it came too late', async () => {
  for (const [index, name] of ['a', 'b', 'c'].entries()) await publish(name, index + 1);
  await ask({ command: 'activate', run: run('a') });
  const told = await Promise.allSettled(['b', 'c'].map((name) => ask({ command: 'activate', run: run(name) })));
  const done = told.filter(({ status }) => status === 'fulfilled').length;
  expect(done).toBeGreaterThan(0);
  for (const one of told) {
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ name: 'NotActivatedError' });
  }
  const history = (await ask({ command: 'history' })) as Change[];
  // If `b` comes after `c`, it is the older version. Then the table is held first, which is another change.
  expect(history.filter(({ by }) => by === 'activate')).toHaveLength(1 + done);
  expect(await scoreNow()).toBe(history.at(-1)!.live.run === run('b') ? 2 : 3);
});

test('two rollbacks at once go back two versions', async () => {
  await activateThree();
  await Promise.all([ask({ command: 'rollback' }), ask({ command: 'rollback' })]);
  expect(await scoreNow()).toBe(1);
  const history = (await ask({ command: 'history' })) as Change[];
  expect(history.at(-1)!.live.run).toBe(run('a'));
});

test('a command needs no configuration root when its settings give the database', async () => {
  await publish('a', 1);
  const withoutRoot = { ...environment(), configRoot: undefined, settings: { jdbc, outputPath: '/models' } };
  const request = { command: 'activate', client: 'shop', job: 'similar-items', run: run('a') } as const;
  expect((await answerRequest(request, withoutRoot)).result).toMatchObject({ live: { run: run('a') } });
  expect(await scoreNow()).toBe(1);
  await expect(answerRequest({ command: 'models' }, withoutRoot)).rejects.toThrow(
    'Give --zookeeper, --config-root or --env',
  );
});
