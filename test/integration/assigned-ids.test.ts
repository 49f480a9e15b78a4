/** Logs whose ids are texts: the grouping is compared with the reference, and models are made of its actions. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../cli/local/run-job.ts';
import { uniform } from '../../shared/example/actions.ts';
import { assignedId } from '../../shared/model/assigned-id.ts';
import { readIdPairs } from '../../shared/model/id-pairs.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { type Grouped, groupPlainly, type LogFile } from '../reference/group-actions.ts';
import { DAY, hostileLogs } from '../unit/group-actions/hostile-logs.ts';

const INSTALLATION_MS = 480_000;

/** Writes log files of a day of December 2011 below a folder. */
function writeLogs(folder: string, files: readonly LogFile[], day = 9): void {
  for (const { name, bytes } of files) {
    const path = join(folder, `actions.2011/12${String(day).padStart(2, '0')}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

const logFile = (lines: readonly string[], name = 'a/log'): LogFile => ({
  name,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
});
const record = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ client: 'shop', timestamp_utc: 1_323_417_600, type: 1, ...fields });

const args = (logs: string, output: string, ...more: readonly string[]) => [
  ...['group-actions', '--input-path-pattern', join(logs, 'actions.%y/%m%d/*/*'), '--output-path-dir', output],
  ...(more.includes('--start-day') ? [] : ['--start-day', '2011-12-09']),
  ...more,
];
const group = (logs: string, output: string, ...more: readonly string[]): Promise<RunSummary> =>
  offlineSummary(args(logs, output, ...more));
const assign = (logs: string, output: string, ...more: readonly string[]): Promise<RunSummary> =>
  group(logs, output, '--ids', 'assign', ...more);

/** Returns the published files of an output root, path → content, without `_BEGUN`, which has a time. */
function published(output: string): Map<string, Buffer> {
  const paths = filesBelow(output).filter((path) => !path.startsWith('.work/') && !path.endsWith('/_BEGUN'));
  return new Map(paths.map((path) => [path, readFileSync(join(output, path))]));
}

/** Returns the texts of the published files without the manifests and sketches. */
const textsIn = (output: string): Map<string, string> =>
  new Map(
    [...published(output)]
      .filter(([path]) => !/_SUCCESS$|_sketch$/.test(path))
      .map(([path, bytes]) => [path, bytes.toString('utf8')]),
  );

/** Returns the texts of the files that the reference gives. */
function textsOf({ parts, pairs, rejects }: Grouped): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [folder, ofClients] of [['actions', parts] as const, ['ids', pairs] as const]) {
    for (const [client, own] of ofClients) {
      for (const [part, lines] of own.entries()) texts.set(`${client}/${folder}/${DAY}/part-0000${part}`, lines);
    }
  }
  if (rejects.length > 0) {
    texts.set(`_rejected/${DAY}/part-00000`, rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
  }
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('A day of hostile logs with assigned ids', () => {
  const lenient = ['--set', 'maxRejectRatio=0.6'];
  let logs: string;
  let expected: Grouped;
  let plain: string;

  beforeAll(async () => {
    const { files, hidden } = hostileLogs(20_111_210, 'assign');
    logs = temporaryFolder();
    writeLogs(logs, [...files, ...hidden]);
    expected = groupPlainly(files, { day: DAY, ids: 'assign' });
    plain = temporaryFolder();
    await assign(logs, plain, ...lenient, '--shards', '5');
  });

  test('gives the files of the reference, in any shards', async () => {
    expect(expected.pairs.size).toBeGreaterThan(15);
    for (const name of ['written', 'dropped', 'rejected'] as const) {
      expect(expected.totals[name], name).toBeGreaterThan(100);
    }
    expect(expected.totals.repaired).toBe(0);
    expectSameFiles(textsIn(plain), textsOf(expected), 'beside the reference');
    const output = temporaryFolder();
    await assign(logs, output, ...lenient, '--shards', '1');
    expectSameFiles(published(output), published(plain), '1 shard beside 5');
  });

  test(
    'has the pairs in compressed files and in Parquet where asked for, with their numbers in the manifest',
    async () => {
      const output = temporaryFolder();
      await assign(logs, output, ...lenient, '--gzip-output', '--set', 'idsFormats=ndjson,parquet');
      const folder = join(output, 'shop/ids', String(DAY));
      const [text] = expected.pairs.get('shop')!;
      expect(gunzipSync(readFileSync(join(folder, 'part-00000.gz'))).toString('utf8')).toBe(text);
      const pairs = text!
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const users = pairs.filter(({ kind }) => kind === 'user').length;
      const manifest = JSON.parse(readFileSync(join(folder, '_SUCCESS'), 'utf8'));
      expect(manifest.counts).toEqual({ users, items: pairs.length - users });
      expect(manifest.files).toMatchObject([{ name: 'part-00000.gz' }, { name: 'ids-00000.parquet' }]);
      await readersPython();
      const program = `
import duckdb, json
print(json.dumps(duckdb.sql("select kind, id, text from 'ids-00000.parquet'").fetchall()))
`;
      expect(await readInPython(program, [], folder)).toEqual(pairs.map(({ kind, id, text }) => [kind, id, text]));
    },
    INSTALLATION_MS,
  );
});

describe.concurrent('The pairs of a day', () => {
  const lines = [record({ userid: 'anna', itemid: 'SKU-1' }), record({ userid: 'ben', itemid: 'SKU-2' })];
  const pairsFolder = (output: string) => join(output, 'shop/ids', String(DAY));

  test('are completed by the next run when their folder is missing or not whole', async () => {
    const [logs, output] = [temporaryFolder(), temporaryFolder()];
    writeLogs(logs, [logFile(lines)]);
    const { run } = await assign(logs, output);
    const whole = published(output);
    expect([...whole.keys()]).toContain(`shop/ids/${DAY}/part-00000`);
    for (const damage of ['_SUCCESS', 'part-00000', '.']) {
      rmSync(join(pairsFolder(output), damage), { recursive: true, force: true });
      const again = await assign(logs, output);
      expect([again.run, again.alreadyDone]).toEqual([run, false]);
      expectSameFiles(published(output), whole, damage);
    }
    expect((await assign(logs, output)).alreadyDone).toBe(true);
  });

  test('leave with the day that had them, when its ids are given or its client is gone', async () => {
    const [logs, output] = [temporaryFolder(), temporaryFolder()];
    const numbers = [record({ userid: 1, itemid: 2, timestamp_utc: '2011-12-09T08:00:00Z' })];
    writeLogs(logs, [logFile([...numbers, record({ client: 'other', userid: 'a', itemid: 'b' })])]);
    await assign(logs, output);
    expect(existsSync(join(output, 'other/ids', String(DAY)))).toBe(true);
    writeLogs(logs, [logFile(numbers)]);
    await assign(logs, output);
    expect(existsSync(join(output, 'other/ids', String(DAY)))).toBe(false);
    expect(existsSync(pairsFolder(output))).toBe(true);
    await group(logs, output, '--ids', 'given');
    expect(existsSync(pairsFolder(output))).toBe(false);
    expect(readdirSync(join(output, 'shop'))).toContain('actions');
  });

  test('have the same ids on every day, whichever day is grouped first', async () => {
    const [logs, ...outputs] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    writeLogs(logs, [logFile(lines)], 9);
    writeLogs(logs, [logFile([lines[1]!.replace('1323417600', '1323504000'), ...lines.slice(2)])], 10);
    for (const [output, days] of [[outputs[0]!, [9, 10]] as const, [outputs[1]!, [10, 9]] as const]) {
      for (const day of days) await assign(logs, output, '--start-day', `201112${String(day).padStart(2, '0')}`);
    }
    expectSameFiles(published(outputs[1]!), published(outputs[0]!), 'the other order');
    const pairs = new Map<string, number>();
    const store = await openStore(outputs[0]!);
    await readIdPairs(store, 'shop', [DAY, DAY + 1], (kind, id, text) => void pairs.set(`${kind} ${text}`, id));
    expect(Object.fromEntries(pairs)).toEqual({
      'user anna': assignedId('anna'),
      'user ben': assignedId('ben'),
      'item SKU-1': assignedId('SKU-1'),
      'item SKU-2': assignedId('SKU-2'),
    });
  });

  test('are not made when ids are given, and the run is the same with and without the flag', async () => {
    const [logs, output] = [temporaryFolder(), temporaryFolder()];
    writeLogs(logs, [logFile([record({ userid: 1, itemid: 2, timestamp_utc: '2011-12-09T08:00:00Z' })])]);
    const first = await offlineSummary(args(logs, output, '--start-day', '15317', '--input-date-string', '20111209'));
    const again = await group(logs, output, '--ids', 'given');
    expect([again.run, again.alreadyDone]).toEqual([first.run, true]);
    expect(existsSync(pairsFolder(output))).toBe(false);
    expect(first.manifest.settings).not.toHaveProperty('ids');
  });
});

test.each([
  [
    ['--start-day', '2011-12-09', '--input-date-string', '20111210'],
    /--input-date-string is 2011-12-10 .*--start-day is 2011-12-09/,
  ],
  [['--start-day', 'yesterday'], /'yesterday' is no day/],
  [['--ids', 'text', '--start-day', '15317'], /--ids.*text.*given, assign/],
])('The flags %j are wrong usage', async (flags, message) => {
  const { status, stderr } = await offline(args('/nowhere', '/nowhere', ...flags));
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});

test('A day is needed, by either name', async () => {
  const { status, stderr } = await offline([
    'group-actions',
    '--input-path-pattern',
    '/x/*',
    '--output-path-dir',
    '/y',
  ]);
  expect([status, stderr]).toEqual([2, expect.stringContaining('give it with --input-date-string or --start-day')]);
});

describe('A shop of two groups whose ids are texts', () => {
  const USERS = 40;
  const ITEMS = 12;
  /** Users and items with an even number are one group, and the others another. */
  const user = (number: number) => `user ${number} ä`;
  const item = (number: number) => `SKU-${number}`;
  const output = temporaryFolder();
  const run = (job: string, ...more: readonly string[]) =>
    offlineSummary([
      ...['run', job, '--client', 'shop', '--start-day', '2011-12-09', '--input-path', output, '--output-path', output],
      ...more,
    ]);

  beforeAll(async () => {
    const random = uniform(5);
    const lines = Array.from({ length: USERS * 6 }, (_, at) => {
      const number = at % USERS;
      const ofGroup = 2 * Math.floor((random() * ITEMS) / 2) + (number % 2);
      return record({ timestamp_utc: 1_323_417_600 + at, userid: user(number), itemid: item(ofGroup) });
    });
    const logs = temporaryFolder();
    writeLogs(logs, [logFile(lines)]);
    await assign(logs, output);
  });

  const idsOf = (text: (number: number) => string, count: number) =>
    new Map(Array.from({ length: count }, (_, number) => [String(assignedId(text(number))), number] as const));

  test('has factors by which every user gets items of its own group first', async () => {
    await run('matrix-factorization', '--set', 'rank=8', '--set', 'alpha=10');
    const vectors = (file: string) =>
      readFileSync(join(output, 'shop/matrix-factorization', String(DAY), file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => [line.split('|')[0]!, line.split('|')[1]!.split(',').map(Number)] as const);
    const [users, items] = [idsOf(user, USERS), idsOf(item, ITEMS)];
    const factors = vectors('productFeatures.txt');
    expect(factors.map(([id]) => items.get(id)).sort()).toEqual([...items.values()].sort());
    const rows = vectors('userFeatures.txt');
    expect(rows).toHaveLength(USERS);
    for (const [id, vector] of rows) {
      const score = (factor: readonly number[]) => vector.reduce((sum, value, at) => sum + value * factor[at]!, 0);
      const best = factors.toSorted(([, a], [, b]) => score(b) - score(a))[0]![0];
      expect(items.get(best)! % 2, `user ${id}`).toBe(users.get(id)! % 2);
    }
  });

  test('has similar items within each group, and sessions of its items', async () => {
    await run('similar-items', '--set', 'dimsumThreshold=0.0000001');
    const items = idsOf(item, ITEMS);
    const pairs = readFileSync(join(output, 'shop/item-similarity', String(DAY), 'part-00000'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => [...line.matchAll(/"item[12]":(\d+)/g)].map(([, id]) => items.get(id!)!));
    expect(pairs.length).toBeGreaterThan(20);
    for (const [a, b] of pairs) expect(a! % 2).toBe(b! % 2);
    await run('sessionitems');
    const sessions = readFileSync(join(output, 'shop/sessionitems', String(DAY), 'part-00000'), 'utf8').trimEnd();
    expect(sessions.split('\n')).toHaveLength(USERS);
    for (const id of sessions.split(/\s/)) expect(items.has(id), id).toBe(true);
  });
});
