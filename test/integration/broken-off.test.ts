/** A grouping that is broken off at any write: what the next job makes of the day is all of it, or a named error. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { groupActions } from '../../functions/group-actions/job.ts';
import { wholeManifest } from '../../shared/job/folder-state.ts';
import { listFolder } from '../../shared/job/inputs.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
const KILLER = fileURLToPath(new URL('../helpers/kill-after-write.mjs', import.meta.url));
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

/** What a reader takes of each client's folder: the names of its files, or the error's name. */
async function readings(cloud: JobCloud): Promise<readonly string[]> {
  const read = FOLDERS.map(async (prefix) => {
    const owner = { job: groupActions.name, client: prefix.split('/')[0]!, day: DAY };
    return await listFolder(cloud.output, prefix, { owner }).then(
      (objects) => objects.map(({ key }) => key.slice(prefix.length)).join(),
      (error: Error) => error.name,
    );
  });
  return Promise.all(read);
}

/** Runs with the publication's write number `stop` failing, and all after it; false where there was no such write. */
async function brokenOff(cloud: JobCloud, stop: number, settings = {}): Promise<boolean> {
  let writes = 0;
  const before = (call: string): void => {
    if ((call === 'put' || call === 'delete') && writes++ >= stop) throw new Error('broken off');
  };
  const end = await cloud
    .run({
      shards: 1,
      settings,
      invoke: (handler, event, call) => call(handler, event, handler === 'publish' ? { before } : {}),
    })
    .then(
      () => 'done',
      (error: Error) => (error.message.includes('broken off') ? 'broken off' : Promise.reject(error)),
    );
  return end === 'broken off';
}

describe('a grouping broken off at any write of its publication', () => {
  test('of a new day: each folder is not there, not whole, or all of it', async () => {
    const logs = temporaryFolder();
    writeLog(logs, line('shop', 1), line('gone', 1));
    const seen = new Set<string>();
    let stop = 0;
    for (; ; stop++) {
      const cloud = cloudOver(logs);
      if (!(await brokenOff(cloud, stop))) break;
      for (const read of await readings(cloud)) {
        expect(['', 'UnfinishedDayError', 'part-00000'], `write ${stop}`).toContain(read);
        seen.add(read);
      }
      await cloud.run({ shards: 1 });
      expect(await readings(cloud)).toEqual(['part-00000', 'part-00000']);
    }
    expect(stop).toBeGreaterThan(6);
    expect([...seen].sort()).toEqual(['', 'UnfinishedDayError', 'part-00000']);
  });

  test('from gzip to plain, one client less: never both forms, never a half, and it goes on from there', async () => {
    const logs = temporaryFolder();
    const seen = new Set<string>();
    let stop = 0;
    for (; ; stop++) {
      writeLog(logs, line('shop', 1), line('gone', 1));
      const cloud = cloudOver(logs);
      await cloud.run({ shards: 1, settings: { gzipOutput: true } });
      expect(await readings(cloud)).toEqual(['part-00000.gz', 'part-00000.gz']);
      writeLog(logs, line('shop', 1), line('gone', 0));
      if (!(await brokenOff(cloud, stop))) break;
      for (const read of await readings(cloud)) {
        expect(['', 'UnfinishedDayError', 'part-00000', 'part-00000.gz'], `write ${stop}`).toContain(read);
        seen.add(read);
      }
      await cloud.run({ shards: 1 });
      expect(await readings(cloud), `write ${stop}`).toEqual(['', 'part-00000']);
    }
    expect(stop).toBeGreaterThan(8);
    expect(seen.size).toBe(4);
  });
});

describe('folders of earlier runs that are removed', () => {
  /** Groups a day, then again after `_rejected/<day>/_SUCCESS` was made to name these folders as well. */
  async function groupedAgain(named: readonly string[], there: Readonly<Record<string, string>>) {
    const logs = temporaryFolder();
    writeLog(logs, line('shop', 1));
    const cloud = cloudOver(logs);
    await cloud.run({ shards: 1 });
    const key = `_rejected/${DAY}/_SUCCESS`;
    const { checksum: _checksum, ...manifest } = JSON.parse(
      new TextDecoder().decode((await cloud.output.get(key)).bytes),
    );
    manifest.counts.folders.push(...named);
    await cloud.output.put(key, JSON.stringify(manifest));
    for (const [other, text] of Object.entries(there)) await cloud.output.put(other, text);
    writeLog(logs, line('shop', 2));
    await cloud.run({ shards: 1 });
    return cloud;
  }

  test.each([
    ['a published model', `shop/word2vec/${DAY}/`],
    ['a version of a model', `shop/models/word2vec/${DAY}-0123456789abcdef/`],
    ['another day', `shop/actions/${DAY - 1}/`],
    ['a folder that no client can have', `.work/actions/${DAY}/`],
    ['a folder of everything', ''],
  ])('are of this job and this day alone: %s stays', async (_what, folder) => {
    const model = { [`${folder}docvectors.txt`]: 'vectors', [`${folder}_SUCCESS`]: '{"job":"word2vec","files":[]}' };
    const cloud = await groupedAgain([folder], model);
    for (const [key, text] of Object.entries(model)) {
      expect(new TextDecoder().decode((await cloud.output.get(key)).bytes)).toBe(text);
    }
    expect(cloud.log.join()).toContain(
      `names ${folder}, which is no output of this job for this day: it is left alone`,
    );
  });

  test('are not those that another system has written since', async () => {
    const folder = `other/actions/${DAY}/`;
    const cloud = await groupedAgain([folder], { [`${folder}part-00000`]: 'theirs', [`${folder}_SUCCESS`]: '' });
    expect(await cloud.output.head(`${folder}part-00000`)).toBeDefined();
  });

  test('are those of clients that have no action any more, `_BEGUN` last', async () => {
    const folder = `other/actions/${DAY}/`;
    const cloud = await groupedAgain([folder], {
      [`${folder}part-00000`]: 'half a removal',
      [`${folder}_BEGUN`]: '{}',
    });
    expect(await wholeManifest(cloud.output, folder)).toBeUndefined();
    for await (const { key } of cloud.output.list(folder)) expect.fail(`${key} is still there`);
  });
});

test('killed with SIGKILL in the middle of publishing, the sessions of the day end with the day to compute again', async () => {
  const logs = temporaryFolder();
  writeLog(logs, line('shop', 1), line('gone', 1));
  const group = (output: string) => [
    ...['group-actions', '--input-path-pattern', join(logs, 'actions.%y/%m%d/*'), '--output-path-dir', output],
    ...['--input-date-string', String(DAY)],
  ];
  const counterOf = (output: string): string => {
    const counter = join(output, 'counter');
    writeFileSync(counter, '');
    return counter;
  };
  const killed = (output: string, after: number, counter: string) =>
    offline(group(output), { preload: KILLER, env: { KILL_AFTER: String(after), KILL_COUNTER: counter } });
  const whole = temporaryFolder();
  const counter = counterOf(whole);
  expect((await killed(whole, Number.MAX_SAFE_INTEGER, counter)).status).toBe(0);
  const writes = statSync(counter).size;

  for (let after = writes - 1; ; after--) {
    expect(after, 'a write that leaves a half of the folder').toBeGreaterThan(0);
    const output = temporaryFolder();
    await killed(output, after, counterOf(output));
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
