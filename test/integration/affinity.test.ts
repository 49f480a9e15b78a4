/** User clusters and tag affinity: the jobs' bytes are compared with the references', on hostile input and on real data. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterByDimension } from '../../functions/cluster-by-dimension/job.ts';
import { tagAffinity } from '../../functions/tagaffinity/job.ts';
import { dimensionsReader } from '../../shared/catalogue/dimensions.ts';
import { actionLine, uniform, writeActionLines } from '../../shared/example/actions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { type MemoryRun, runInMemory, type Settings } from '../helpers/memory-run.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { actionIn, type RealData, realDays } from '../helpers/real-actions.ts';
import { expectSameBytes, expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { clustersPlainly, tagsPlainly } from '../reference/affinity.ts';
import type { PlainAction } from '../reference/visits.ts';

const DAY = 15_317;
const SHARDINGS = [1, 2, 7];
const CLUSTERS = { minActionsPerUser: 0, delta: 0.1, minClusterSize: 200 };
const TAGS = { minActionsPerUser: 10, minTagCount: 4, minPcIncrease: 0.2, maxAllowedTags: 5 };

/** Runs the job in memory. Some settings of these tests leave no line, so the gate must not block the run. */
const published = (job: AnyJob, day: number, settings: Settings, shards: number) =>
  runInMemory(job, day, { ...settings, gate: 'warn' }, shards);

/** Asserts that the file is `text` in 1, 2 and 7 shards, and that the other files do not differ. Resolves to the last run. */
async function expectFile(job: AnyJob, day: number, settings: Settings, text: string): Promise<MemoryRun> {
  let first: ReadonlyMap<string, string> | undefined;
  let last: MemoryRun | undefined;
  for (const shards of SHARDINGS) {
    last = await published(job, day, settings, shards);
    expectSameBytes(last.files.get('part-00000')!, text, `part-00000 in ${shards} shards, beside the reference`);
    expect(last.computed).toMatchObject({ collect: shards, count: shards, select: shards });
    first ??= last.files;
    expectSameFiles(last.files, first, `${shards} shards beside 1`);
  }
  return last!;
}

describe('On hostile actions and items', () => {
  const root = temporaryFolder();
  const itemsPath = join(root, 'catalogue');
  const actions: PlainAction[] = [];
  const dimensions = new Map<number, Set<number>>();
  const tags = new Map<number, Set<string>>();
  let rejectedItems = 0;
  let items = 0;
  const random = uniform(23);
  const below = (limit: number) => Math.floor(limit * random());
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)]!;

  beforeAll(() => {
    const ids = [...Array.from({ length: 200 }, (_, id) => id), 2 ** 31, 2 ** 33, Number.MAX_SAFE_INTEGER];
    const users = [...Array.from({ length: 60 }, (_, id) => id + 1), 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];
    mkdirSync(itemsPath, { recursive: true });
    const words: readonly (readonly [written: string, tag: string])[] = [
      ['Red', 'red'],
      [' red ', 'red'],
      ['ÄPFEL', 'äpfel'],
      ['a "b"', 'a "b"'],
      ['__proto__', '__proto__'],
      ['constructor', 'constructor'],
      ['\u{1f375}', '\u{1f375}'],
      ['z', 'z'],
      ['2', '2'],
      ['10', '10'],
      ['', ''],
    ];
    const bad = [
      ...['no item', '[]', '7', '{"dims":[1]}', '{"itemid":"1"}', '{"itemid":1.5}', '{"itemid":-1}'],
      ...['{"itemid":9007199254740992}', '{"itemid":1,"dims":[-1]}', '{"itemid":1,"dims":{"a":1}}'],
      ...['{"itemid":1,"tags":[1]}', '{"itemid":1,"tags":{}}', '{"itemid":1,"dimensions":[]}'],
      '{"itemid":1,"dimensions":{"a":{"b":1}}}',
    ];
    const itemLine = (item: number): string => {
      const dims = Array.from({ length: below(4) }, () => oneOf([0, 1, 2, 5, 65_534, 65_535, 2 ** 40]));
      const itemWords = Array.from({ length: below(5) }, () => oneOf(words));
      // When an item occurs again, its dimensions and tags are added to those before.
      const known = dimensions.get(item) ?? new Set();
      for (const dim of dims) if (dim < 65_535) known.add(dim);
      dimensions.set(item, known);
      const knownTags = tags.get(item) ?? new Set();
      for (const [, tag] of itemWords) if (tag !== '') knownTags.add(tag);
      tags.set(item, knownTags);
      const written = itemWords.map(([tag]) => tag);
      return JSON.stringify({
        name: 'ä'.repeat(20),
        itemid: item,
        dims: dims.length > 0 ? dims : oneOf([undefined, null, []]),
        tags: written.length > 0 ? oneOf([written, written.join(',')]) : oneOf([undefined, null]),
      });
    };
    for (let file = 0; file < 3; file++) {
      const lines = Array.from({ length: 70 }, () => {
        items++;
        if (below(15) > 0) return itemLine(oneOf(ids.slice(0, -2)));
        rejectedItems++;
        return oneOf(bad);
      });
      const text = lines.map((line) => line + oneOf(['\n', '\r\n', '\n \n'])).join('');
      writeFileSync(join(itemsPath, `items-${file}${file === 2 ? '.gz' : ''}`), file === 2 ? gzipSync(text) : text);
    }
    writeFileSync(join(itemsPath, '_ignored'), '{"itemid":0,"dims":[9],"tags":["ignored"]}\n');

    const folder = join(root, 'shop/actions', String(DAY));
    mkdirSync(folder, { recursive: true });
    for (let part = 0; part < 4; part++) {
      const lines = Array.from({ length: 2500 }, () => {
        const user = users[below(users.length * random())]!;
        // Two thirds of a user's actions are on the few items of this user's taste.
        const item = below(3) === 0 ? oneOf(ids) : ids[(3 * (user % 1000) + below(4)) % ids.length]!;
        actions.push({ user, item, type: 1, timeMs: 0 });
        const fields = { timestamp_utc: '2011-12-09', client: 'shop', userid: user, itemid: item };
        return JSON.stringify({ ...fields, pad: 'ä'.repeat(200) });
      });
      writeFileSync(join(folder, `part-${part}`), lines.map((line) => `${line}\n`).join(''));
    }
  });

  test.each([
    [{ minClusterSize: 3 }],
    [{ minClusterSize: 0, delta: 0 }],
    [{ minClusterSize: 5, delta: 0.05, minActionsPerUser: 100 }],
    [{ minClusterSize: 1, delta: '0.3', minActionsPerUser: '20' }],
  ])('the clusters are those of the reference in 1, 2 and 7 shards with %j', async (settings) => {
    const numbers = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, Number(value)]));
    const text = clustersPlainly(actions, dimensions, { ...CLUSTERS, ...numbers });
    expect(text.split('\n').length).toBeGreaterThan(10);
    const all = { inputPath: root, itemsPath, ...settings };
    const { counts, files, log } = await expectFile(clusterByDimension, DAY, all, text);
    expect([...files.keys()]).toEqual(['_BEGUN', '_SUCCESS', '_rejected', 'part-00000']);
    expect(counts).toMatchObject({ lines: actions.length, catalogue: { lines: items, rejected: rejectedItems } });
    expect(log.join()).toMatch(/\d+ dims of the catalogue are 65535 or more: left out/);
    expect(files.get('_rejected')!.split('\n').length - 1).toBe(rejectedItems);
  });

  const filterPath = join(root, 'filter.txt');
  test.each([
    [{}],
    [{ minActionsPerUser: 0, minTagCount: 0, minPcIncrease: -1, maxAllowedTags: 100 }],
    [{ minPcIncrease: 0.05, maxAllowedTags: 3 }],
    [{ minActionsPerUser: 60, minTagCount: 10, minPcIncrease: 0.5 }],
    [{ minTagCount: 1, maxAllowedTags: 2, tagFilterPath: filterPath }],
  ])('the tags are those of the reference in 1, 2 and 7 shards with %j', async (settings) => {
    writeFileSync(filterPath, ' RED\r\n\n  \n__proto__\näpfel\nno such tag');
    const filter = 'tagFilterPath' in settings ? new Set(['red', '__proto__', 'äpfel', 'no such tag']) : undefined;
    const { tagFilterPath: _, ...numbers } = { tagFilterPath: '', ...settings };
    const text = tagsPlainly(actions, tags, { ...TAGS, ...numbers, filter });
    expect(text.split('\n').length).toBeGreaterThan(10);
    await expectFile(tagAffinity, DAY, { inputPath: root, itemsPath, ...settings }, text);
  });

  test('the global share of a tag counts users who are not written', async () => {
    // Each user has the three actions that minActionsPerUser asks for, but user 2 has one on an item with tags. Of the four
    // actions on items with tags, two are on tag a and two on tag b.
    const folder = join(root, 'shares');
    const itemsOfUsers = { 1: [1, 1, 2], 2: [2, 3, 3] };
    const shares = Object.entries(itemsOfUsers).flatMap(([user, ids]) =>
      ids.map((item): PlainAction => ({ user: Number(user), item, type: 1, timeMs: 0 })),
    );
    const lines = shares.map(({ user, item }) => actionLine(user, item));
    writeActionLines(folder, 'shop', DAY, lines);
    writeFileSync(join(folder, 'items'), '{"itemid":1,"tags":"a"}\n{"itemid":2,"tags":"b"}\n{"itemid":3}\n');
    const settings = { minActionsPerUser: 3, minTagCount: 0, minPcIncrease: 0, maxAllowedTags: 5 };
    // User 1 met tag a in 2 of 3 actions, all users in 2 of 4: the increase is (2/3 − 2/4) / (2/4), in doubles.
    const expected = `{"user":1,"tag":"a","weight":${(2 / 3 - 0.5) / 0.5}}\n`;
    const tagsOfItems = new Map([
      [1, new Set(['a'])],
      [2, new Set(['b'])],
    ]);
    expect(tagsPlainly(shares, tagsOfItems, settings)).toBe(expected);
    const all = { inputPath: folder, itemsPath: join(folder, 'items'), ...settings };
    const { files, counts } = await published(tagAffinity, DAY, all, 1);
    expect(files.get('part-00000')).toBe(expected);
    expect(counts).toMatchObject({ users: 2, usersWithFewTaggedActions: 1, usersWithManyTags: 0 });
    const strict = await published(tagAffinity, DAY, { ...all, maxAllowedTags: 0 }, 1);
    expect(strict.counts).toMatchObject({ usersWithFewTaggedActions: 1, usersWithManyTags: 1 });
  });

  test.each([
    ['Latin-1', Buffer.from('red\nÄpfel\n', 'latin1'), 'the line at byte 4 of filter-under-test is not UTF-8'],
    ['UTF-16', Buffer.from('\uFEFFred\n', 'utf16le'), 'the line at byte 0 of filter-under-test is not UTF-8'],
  ])('a tag filter in %s is an error that names the line', async (_encoding, bytes, message) => {
    const tagFilterPath = join(root, 'filter-under-test');
    writeFileSync(tagFilterPath, bytes);
    const run = published(tagAffinity, DAY, { inputPath: root, itemsPath, tagFilterPath }, 1);
    await expect(run).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringContaining(message) });
  });

  test.each([
    [
      'no tag of the catalogue leaves no tag and gives a warning',
      'no such tag\nnor this\n',
      /none of the 2 tags in .*filter-under-test is a tag of the/,
    ],
    ['no tag at all leaves no tag and gives a warning', '\n  \n', /none of the 0 tags/],
    ['a tag of the catalogue gives no warning', 'red\nno such tag\n', undefined],
    ['a byte order mark before a tag gives no warning', '\uFEFFred\n', undefined],
  ])('a tag filter that holds %s', async (_case, text, warning) => {
    const tagFilterPath = join(root, 'filter-under-test');
    writeFileSync(tagFilterPath, text);
    const { log, files } = await published(tagAffinity, DAY, { inputPath: root, itemsPath, tagFilterPath }, 1);
    if (warning === undefined) expect(log.join()).not.toContain('tagFilterPath');
    else expect(log.join()).toMatch(warning);
    expect(files.get('part-00000') === '').toBe(warning !== undefined);
  });

  test('the files are empty when no user belongs to a cluster or has a tag', async () => {
    const none = { inputPath: root, itemsPath, minActionsPerUser: 1e6 };
    for (const job of [clusterByDimension, tagAffinity]) {
      const { files, counts } = await published(job, DAY, none, 2);
      expect(files.get('part-00000')).toBe('');
      expect(counts).toMatchObject({ users: 0 });
    }
  });

  test.each([
    ['named dimensions with activate true give', { dimensions: { colour: 'red' } }, true, 'a'],
    ['named dimensions with activate false give', { dimensions: { colour: 'red' } }, false, 'no'],
    ['numbered dimensions with activate true give', { dims: [4] }, true, 'no'],
  ])('%s %4$s warning', async (_case, dimensions, activate, warned) => {
    const path = join(root, 'named.ndjson');
    writeFileSync(path, `${JSON.stringify({ itemid: 1, ...dimensions })}\n`);
    const warnings: string[] = [];
    const settings = { jdbc: '', itemsPath: path, maxRejectRatio: 0, activate };
    const snapshots = await dimensionsReader.fromFile(settings, openStore, (warning) => warnings.push(warning));
    expect(Object.keys(snapshots)).toEqual(['catalogue']);
    expect(warnings).toEqual(warned === 'a' ? [expect.stringContaining('the catalogue names its dimensions')] : []);
  });

  test('the run fails when too many lines of the catalogue are no items', async () => {
    const strict = { inputPath: root, itemsPath, maxRejectRatio: 0 };
    const running = published(tagAffinity, DAY, strict, 1);
    await expect(running).rejects.toThrow(`the catalogue at ${itemsPath}: ${rejectedItems} of ${items} lines`);
    await expect(running).rejects.toThrow('"line":');
  });

  test('a changed catalogue gives another run, and the same items written differently give the same run', async () => {
    const single = join(root, 'one.ndjson');
    const settings = { inputPath: root, itemsPath: single, minClusterSize: 1 };
    const cloud = new JobCloud({ job: clusterByDimension, client: 'shop', day: DAY, settings });
    writeFileSync(single, '{"itemid":1,"dims":[4]}\n{"itemid":2,"dims":[5]}\n');
    const first = await cloud.run();
    expect((await cloud.run()).done).toBe(true);
    writeFileSync(single, '{"itemid":2,"dims":[5]}\n\n{"itemid":1,"dims":[4,4]}\n');
    expect(await cloud.run()).toMatchObject({ id: first.id, done: true });
    writeFileSync(single, '{"itemid":1,"dims":[4]}\n{"itemid":2,"dims":[6]}\n');
    const second = await cloud.run();
    expect(second.id).not.toBe(first.id);
    expect(second.done).toBe(false);
  });
});

interface PlainItem {
  readonly itemid: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

describe.each<[RealData, typeof CLUSTERS, typeof TAGS]>([
  ['onlineretail', { ...CLUSTERS, minActionsPerUser: 5 }, { ...TAGS, maxAllowedTags: 8 }],
  ['movietweetings', { ...CLUSTERS, delta: 0.05 }, TAGS],
])('On the actions of %s', (data, clusterSettings, tagSettings) => {
  const root = temporaryFolder();
  const itemsPath = new URL(`../data/${data}/items.ndjson.gz`, import.meta.url).pathname;
  let actions: PlainAction[];
  let items: PlainItem[];
  let days: { first: number; last: number };

  beforeAll(() => {
    const read = realDays(data).slice(-90);
    for (const { day, lines } of read) writeActionLines(root, 'shop', day, lines);
    actions = read.flatMap(({ lines }) => lines.map(actionIn));
    days = { first: read[0]!.day, last: read.at(-1)!.day };
    const lines = gunzipSync(readFileSync(itemsPath)).toString('utf8').trimEnd().split('\n');
    items = lines.map((line) => JSON.parse(line) as PlainItem);
  });
  const all = (settings: Settings) => ({ inputPath: root, itemsPath, days: days.last - days.first + 1, ...settings });

  test('the clusters are those of the reference, and the numbers of the dimensions are published', async () => {
    const pairs = items.flatMap(({ dimensions }) => Object.entries(dimensions));
    const named = [...new Set(pairs.map((pair) => JSON.stringify(pair)))].map((pair) => JSON.parse(pair) as string[]);
    named.sort(([a, x], [b, y]) => (a! < b! ? -1 : a! > b! ? 1 : x! < y! ? -1 : 1));
    // Dimensions are numbered from 1, because 0 is the server's default dimension.
    const numbers = new Map(named.map((pair, index) => [JSON.stringify(pair), 1 + index]));
    const numberOf = (pair: readonly string[]) => numbers.get(JSON.stringify(pair))!;
    const dimensions = new Map(
      items.map((item) => [item.itemid, new Set(Object.entries(item.dimensions).map(numberOf))] as const),
    );
    const text = clustersPlainly(actions, dimensions, clusterSettings);
    expect(text.split('\n').length).toBeGreaterThan(100);
    const { files } = await expectFile(clusterByDimension, days.last, all(clusterSettings), text);
    const written = JSON.parse(files.get('_dimensions.json')!) as Record<string, Record<string, number>>;
    const entries = Object.entries(written).flatMap(([attribute, values]) =>
      Object.entries(values).map(([value, number]) => [JSON.stringify([attribute, value]), number] as const),
    );
    expect(new Map(entries)).toEqual(numbers);
  });

  test('the tags are those of the reference', async () => {
    const tags = new Map(
      items.map(({ itemid, tags: own }) => [itemid, new Set(own.map((tag) => tag.toLowerCase().trim()))] as const),
    );
    const text = tagsPlainly(actions, tags, tagSettings);
    expect(text.split('\n').length).toBeGreaterThan(100);
    await expectFile(tagAffinity, days.last, all(tagSettings), text);
  });
});

test.each([
  {
    job: clusterByDimension,
    settings: { itemsPath: '/x', jdbc: 'secret:db' },
    message: 'give either jdbc or itemsPath',
  },
  { job: tagAffinity, settings: { jdbc: 'secret:db' }, message: 'tagAttr must be given with jdbc' },
  {
    job: tagAffinity,
    settings: { jdbc: 'jdbc:mysql://h/d?allowLoadLocalInfile=true', tagAttr: 't' },
    message: 'parameter allowLoadLocalInfile is not understood',
  },
])('$job.name is refused before any work with the message "$message"', async ({ job, settings, message }) => {
  await expect(published(job, DAY, { inputPath: '/nowhere', ...settings }, 1)).rejects.toThrow(message);
});

describe('The command line', () => {
  const root = temporaryFolder();
  const run = (job: string, ...more: readonly string[]) => [
    ...['run', job, '--client', 'shop', '--start-day', String(DAY - 1), '--input-path', root, '--output-path', root],
    ...more,
  ];

  test('accepts a relative path of items and an old configuration', async () => {
    const { lines } = realDays('onlineretail').find(({ day }) => day === DAY - 1)!;
    writeActionLines(root, 'shop', DAY - 1, lines);
    writeFileSync(join(root, 'items.ndjson'), '{"itemid":1,"tags":"a"}\n');
    const settings = ['--set', 'itemsPath=items.ndjson', '--config', '-'];
    const input = '{"minActionsPerUser":"0","minTagCount":0,"local":true,"activate":"false"}';
    const summary = await offlineSummary(run('tagaffinity', ...settings), { cwd: root, input });
    expect(summary.manifest.counts).toMatchObject({ catalogue: { items: 1, features: 1, lines: 1, rejected: 0 } });
  });

  test('refuses a run without a catalogue as wrong usage', async () => {
    const ended = await offline(run('cluster-by-dimension'));
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('give either jdbc or itemsPath');
  });

  test('names the path when the file of items does not exist', async () => {
    const ended = await offline(run('cluster-by-dimension', '--set', 'itemsPath=/nowhere/items'));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('itemsPath: there is no file at /nowhere/items');
  });
});
