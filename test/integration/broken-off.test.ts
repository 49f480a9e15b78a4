/** A grouping that ends at any write: the next job reads the whole day, or fails with an error that says what to do. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupActions } from '../../functions/group-actions/job.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import { listFolder } from '../../shared/job/inputs.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { offline, offlineKilledAfter, offlineSummary } from '../helpers/offline.ts';
import { contents, textAt } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;

const FOLDERS = ['gone', 'shop'].map((client) => `${client}/actions/${DAY}/`);

const line = (client: string, userid: number) =>
  `${JSON.stringify({ timestamp_utc: '2011-12-09T08:15:00Z', client, userid, itemid: 5 })}\n`;

function writeLog(folder: string, ...lines: readonly string[]): void {
  const file = join(folder, 'actions.2011/1209/log');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join(''));
}

function cloudOver(logs: string): JobCloud {
  const settings = { inputPathPattern: join(logs, 'actions.%y/%m%d/*') };
  return new JobCloud({ job: groupActions, client: undefined, day: DAY, settings });
}

/** Reads each client's folder as a job does. Resolves to the names of its files, or to the name of the error. */
async function readFolders(cloud: JobCloud): Promise<readonly string[]> {
  const read = FOLDERS.map(async (prefix) => {
    const owner = { job: groupActions.name, client: prefix.split('/')[0]!, day: DAY };
    return await listFolder(cloud.output, prefix, { owner }).then(
      (objects) => objects.map(({ key }) => key.slice(prefix.length)).join(),
      (error: Error) => error.name,
    );
  });
  return Promise.all(read);
}

/** Runs with the publication's write number `stop` and all later ones failing. False when it had fewer writes. */
async function brokenOff(cloud: JobCloud, stop: number): Promise<boolean> {
  let writes = 0;
  const before = (call: string): void => {
    if ((call === 'put' || call === 'delete') && writes++ >= stop) throw new Error('broken off');
  };
  const end = await cloud
    .run({
      shards: 1,
      invoke: (handler, event, call) => call(handler, event, handler === 'publish' ? { before } : {}),
    })
    .then(
      () => 'done',
      (error: Error) => (error.message.includes('broken off') ? 'broken off' : Promise.reject(error)),
    );
  return end === 'broken off';
}

describe('When a grouping breaks off at any write of its publication', () => {
  test('each folder of a new day is missing, unfinished or whole, and a second run completes it', async () => {
    const logs = temporaryFolder();
    writeLog(logs, line('shop', 1), line('gone', 1));
    const seen = new Set<string>();
    let stop = 0;
    for (; ; stop++) {
      const cloud = cloudOver(logs);
      if (!(await brokenOff(cloud, stop))) break;
      for (const read of await readFolders(cloud)) {
        expect(['', 'UnfinishedDayError', 'part-00000'], `write ${stop}`).toContain(read);
        seen.add(read);
      }
      await cloud.run({ shards: 1 });
      expect(await readFolders(cloud)).toEqual(['part-00000', 'part-00000']);
    }
    expect(stop).toBeGreaterThan(6);
    expect([...seen].sort()).toEqual(['', 'UnfinishedDayError', 'part-00000']);
  });

  test('a folder that changes from gzip to plain never has both, and a client without actions loses its folder', async () => {
    const logs = temporaryFolder();
    const seen = new Set<string>();
    let stop = 0;
    for (; ; stop++) {
      writeLog(logs, line('shop', 1), line('gone', 1));
      const cloud = cloudOver(logs);
      await cloud.run({ shards: 1, settings: { gzipOutput: true } });
      expect(await readFolders(cloud)).toEqual(['part-00000.gz', 'part-00000.gz']);
      writeLog(logs, line('shop', 1), line('gone', 0));
      if (!(await brokenOff(cloud, stop))) break;
      for (const read of await readFolders(cloud)) {
        expect(['', 'UnfinishedDayError', 'part-00000', 'part-00000.gz'], `write ${stop}`).toContain(read);
        seen.add(read);
      }
      await cloud.run({ shards: 1 });
      expect(await readFolders(cloud), `write ${stop}`).toEqual(['', 'part-00000']);
    }
    expect(stop).toBeGreaterThan(8);
    expect(seen.size).toBe(4);
  });
});

test('A grouping of a thousand clients that breaks off goes on with the folders that are not complete', async () => {
  const logs = temporaryFolder();
  writeLog(logs, ...Array.from({ length: 1000 }, (_, client) => line(`client-${client}`, client + 1)));
  const calm = cloudOver(logs);
  await calm.run({ shards: 1 });

  const cloud = cloudOver(logs);
  expect(await brokenOff(cloud, 2000)).toBe(true);
  const complete = new Set<string>();
  for (let client = 0; client < 1000; client++) {
    const prefix = `client-${client}/actions/${DAY}/`;
    if ((await wholeManifest(cloud.output, prefix)) !== undefined) complete.add(prefix);
  }
  expect(complete.size).toBeGreaterThan(400);
  expect(complete.size).toBeLessThanOrEqual(500);

  const written: string[] = [];
  const before = (call: string, key: string): void => {
    if ((call === 'put' || call === 'delete') && !key.startsWith('.work/')) written.push(key);
  };
  await cloud.run({
    shards: 1,
    invoke: (handler, event, call) => call(handler, event, handler === 'publish' ? { before } : {}),
  });
  expect(written.filter((key) => complete.has(key.slice(0, key.lastIndexOf('/') + 1)))).toEqual([]);
  // Each of the other folders has `_BEGUN`, one file of actions, `_sketch` and `_SUCCESS`. The main folder has no file.
  expect(written.length).toBe((1000 - complete.size) * 4 + 2);
  expect(written.at(-1)).toBe(`_rejected/${DAY}/_SUCCESS`);
  expect(await publishedBy(cloud)).toEqual(await publishedBy(calm));
});

/** Returns the published objects by their keys: all that are not in the work area. */
async function publishedBy({ output }: JobCloud): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await contents(output)).filter(([key]) => !key.startsWith('.work/')));
}

describe('When the manifest of an earlier run names a folder', () => {
  /** Groups a day, adds a folder to the manifest `_rejected/<day>/_SUCCESS`, stores objects, and groups the day again. */
  async function groupTwice(folder: string, objects: Readonly<Record<string, string>>) {
    const logs = temporaryFolder();
    writeLog(logs, line('shop', 1));
    const cloud = cloudOver(logs);
    await cloud.run({ shards: 1 });
    const key = `_rejected/${DAY}/_SUCCESS`;
    const { checksum: _checksum, ...manifest } = JSON.parse(await textAt(cloud.output, key));
    manifest.counts.folders.push(folder);
    await cloud.output.put(key, JSON.stringify(manifest));
    for (const [other, text] of Object.entries(objects)) await cloud.output.put(other, text);
    writeLog(logs, line('shop', 2));
    await cloud.run({ shards: 1 });
    return cloud;
  }

  test.each([
    ['a published model', `shop/word2vec/${DAY}/`],
    ['a version of a model', `shop/models/word2vec/${DAY}-0123456789abcdef/`],
    ['another day', `shop/actions/${DAY - 1}/`],
    ['a folder that no client can have', `.work/actions/${DAY}/`],
    ['the whole output root', ''],
  ])('that is %s, the folder stays', async (_case, folder) => {
    const model = { [`${folder}docvectors.txt`]: 'vectors', [`${folder}_SUCCESS`]: '{"job":"word2vec","files":[]}' };
    const cloud = await groupTwice(folder, model);
    for (const [key, text] of Object.entries(model)) expect(await textAt(cloud.output, key)).toBe(text);
    expect(cloud.log.join()).toContain(
      `names ${folder}, which is no output of this job for this day: it is left alone`,
    );
  });

  test('that another system has written since, the folder stays', async () => {
    const folder = `other/actions/${DAY}/`;
    const cloud = await groupTwice(folder, { [`${folder}part-00000`]: 'theirs', [`${folder}_SUCCESS`]: '' });
    expect(await cloud.output.head(`${folder}part-00000`)).toBeDefined();
  });

  test('of a client that has no action any more, the folder is removed, even when an earlier removal broke off', async () => {
    const folder = `other/actions/${DAY}/`;
    const cloud = await groupTwice(folder, {
      [`${folder}part-00000`]: 'half a removal',
      [`${folder}_BEGUN`]: '{}',
    });
    expect(await wholeManifest(cloud.output, folder)).toBeUndefined();
    for await (const { key } of cloud.output.list(folder)) expect.fail(`${key} is still there`);
  });
});

test('after a grouping was killed while it published, the job sessionitems names the day to compute again', async () => {
  const logs = temporaryFolder();
  writeLog(logs, line('shop', 1), line('gone', 1));
  const group = (output: string) => [
    ...['group-actions', '--input-path-pattern', join(logs, 'actions.%y/%m%d/*'), '--output-path-dir', output],
    ...['--input-date-string', String(DAY)],
  ];
  const whole = await offlineKilledAfter(Number.MAX_SAFE_INTEGER, group(temporaryFolder()));
  expect(whole.status).toBe(0);

  for (let after = whole.writes - 1; ; after--) {
    expect(after, 'a write after which the folder is unfinished').toBeGreaterThan(0);
    const output = temporaryFolder();
    await offlineKilledAfter(after, group(output));
    const folder = join(output, 'shop/actions', String(DAY));
    const names = existsSync(folder) ? readdirSync(folder) : [];
    if (!names.includes('part-00000') || names.includes('_SUCCESS')) continue;
    const places = ['--input-path', output, '--output-path', output, '--start-day', String(DAY)];
    const run = ['run', 'sessionitems', '--client', 'shop', ...places];
    const ended = await offline([...run, '--json']);
    expect(ended.status).toBe(1);
    const { error } = JSON.parse(ended.stdout);
    expect(error.name).toBe('UnfinishedDayError');
    expect(error.message).toContain('Compute day 2011-12-09 (15317) of group-actions again');
    await offlineSummary(group(output));
    expect((await offlineSummary(run)).manifest.counts).toMatchObject({ sessions: 1 });
    return;
  }
});
