/** `offline evaluate` as a user calls it, on actions of two groups of users that like different items. */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type EvaluateOptions, localRequest } from '../../cli/evaluation-request.ts';
import { configNode } from '../../shared/activation/nodes.ts';
import { type MetricsDocument, parseMetrics } from '../../shared/evaluation/metrics-document.ts';
import { uniform, writeActionLines } from '../../shared/example/actions.ts';
import { dateOf } from '../../shared/in-words.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { offline, offlineKilledAfter } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const LAST = 15_317;
const TRAINING = 6;
const HOLDOUT = 2;
const USERS = 80;
/** Each of the two groups has as many items of its own. */
const ITEMS = 20;

/** Writes a day on which every user meets three items of the own group. */
function writeDay(root: string, day: number): void {
  const random = uniform(day);
  const lines = Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: 3 }, (_action, at) => {
      const item = (user % 2) * ITEMS + Math.floor(ITEMS * random());
      const timestamp_utc = `${dateOf(day)}T10:0${at}:00Z`;
      return JSON.stringify({ timestamp_utc, client: 'shop', userid: user + 1, itemid: item + 1, type: 1 });
    }),
  );
  writeActionLines(root, 'shop', day, lines.flat());
}

const actions = temporaryFolder();
beforeAll(() => {
  for (let day = LAST - TRAINING - HOLDOUT + 1; day <= LAST; day++) writeDay(actions, day);
});

const optionsFor = (output: string): string[] => [
  ...['evaluate', '--client', 'shop', '--start-day', String(LAST), '--days', String(TRAINING)],
  ...['--holdout-days', String(HOLDOUT), '--input-path', actions, '--output-path', output, '--workers', '2'],
];
const VARIANTS = ['--variant', 'groups:rank=1', '--variant', 'far:window=9,minWordCount=1'];

const metricsIn = (stdout: string): MetricsDocument => parseMetrics(stdout, 'the answer');

describe('offline evaluate', () => {
  const output = temporaryFolder();
  const args = [...optionsFor(output), ...VARIANTS, '--set', 'minWordCount=1', '--set', 'vectorSize=8'];
  let first: string;

  test('evaluates the settings of each job with a variant, beside popularity', async () => {
    const ended = await offline([...args, '--json']);
    expect(ended.stderr).toContain('6 of 6: evaluate done');
    expect(ended.status).toBe(0);
    first = ended.stdout;
    const { scorers, users, train, test: tested } = metricsIn(first);
    expect(scorers.map(({ name }) => name)).toEqual([
      'far',
      'groups',
      'matrix-factorization',
      'popularity',
      'recent-popularity',
      'word2vec',
    ]);
    expect(users).toBeGreaterThan(50);
    expect([train, tested]).toEqual([
      { from: LAST - HOLDOUT - TRAINING + 1, to: LAST - HOLDOUT },
      { from: LAST - HOLDOUT + 1, to: LAST },
    ]);
    // A model that knows the two groups finds more than popularity, which knows none.
    const factors = scorers.find(({ name }) => name === 'matrix-factorization')!;
    expect(factors.against.popularity?.recall.low).toBeGreaterThan(0);
    expect(Object.keys(scorers.find(({ name }) => name === 'groups')!.against).toSorted()).toEqual([
      'matrix-factorization',
      'popularity',
      'recent-popularity',
    ]);
  });

  test('computes nothing a second time, and prints a table of at most 80 columns', async () => {
    const again = await offline(args);
    expect(again.stderr.match(/was done already/g)).toHaveLength(6);
    expect(again.stdout).toContain(`rm -r ${output}/.work/evaluate/shop\n`);
    expect(again.stdout).toMatch(/^groups finds more than matrix-factorization, beyond chance\.$/m);
    for (const line of again.stdout.split('\n').filter((text) => !text.includes('rm -r'))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('writes nothing outside of its folder', () => {
    expect(readdirSync(output)).toEqual(['.work']);
    expect(filesBelow(output).filter((path) => !path.startsWith('.work/evaluate/shop/'))).toEqual([]);
    expect(filesBelow(actions).filter((path) => !path.startsWith('shop/actions/'))).toEqual([]);
  });

  test.each([20, 120])(
    'when it is killed after %i writes, the next call goes on to the same result',
    async (writes) => {
      const other = temporaryFolder();
      const same = [...optionsFor(other), ...args.slice(optionsFor(output).length)];
      expect((await offlineKilledAfter(writes, same)).signal).toBe('SIGKILL');
      const ended = await offline([...same, '--json']);
      expect(ended.status).toBe(0);
      expect(ended.stdout).toBe(first);
    },
  );
});

test('The nodes of the client are read, and nothing there is changed', async () => {
  const output = temporaryFolder();
  const nodes = {
    'similar-items': { limit: 3, jdbc: 'secret:no-such-database', activate: true },
    'matrix-factorization': { rank: 4, iterations: 2, activate: true },
    tagaffinity: {},
  };
  const root = configFolderWith(
    Object.fromEntries(Object.entries(nodes).map(([job, node]) => [configNode('shop', job), JSON.stringify(node)])),
  );
  const before = filesBelow(root);
  const ended = await offline([...optionsFor(output), '--config-root', root, '--json']);
  expect(ended.stderr).toContain('3 of 3: evaluate done');
  const { scorers } = metricsIn(ended.stdout);
  const settingsOf = (job: string) => scorers.find(({ name }) => name === job)?.settings;
  expect(settingsOf('similar-items')).toMatchObject({ limit: 3 });
  expect(settingsOf('matrix-factorization')).toMatchObject({ rank: 4, days: TRAINING, startDay: LAST - HOLDOUT });
  expect(filesBelow(root)).toEqual(before);
});

const GOOD: EvaluateOptions = {
  client: 'shop',
  startDay: LAST,
  days: TRAINING,
  holdoutDays: HOLDOUT,
  variant: ['x:rank=2'],
  cutoff: 20,
  testUsers: 20_000,
  seed: 1,
  inputPath: actions,
  outputPath: '/nowhere',
};

test.each<[Partial<EvaluateOptions>, string, RegExp]>([
  [{ variant: ['x:rank=0'] }, 'ConfigError', /rank is "0" in --variant x; allowed: an integer from 1 to 256/],
  [{ cutoff: 5000 }, 'ConfigError', /cutoff is 5000/],
  [{ testUsers: 2_000_000 }, 'ConfigError', /testUsers is 2000000/],
  [{ holdoutDays: 7 }, 'UsageError', /--holdout-days 7 is more than --days 6/],
  [{ days: 20_000 }, 'UsageError', /before 1970/],
  [{ set: ['days=3'] }, 'UsageError', /--set days: give --days/],
  [{ set: ['rnak=3'] }, 'UsageError', /"rnak" is no setting/],
  [{ startDay: LAST + HOLDOUT }, 'NoInputError', /the test days .*: there is nothing to read/],
  [{ startDay: LAST - TRAINING }, 'NoInputError', /the training days: there is nothing to read/],
  [{ client: 'shoop' }, 'NoInputError', /there is no client shoop/],
  [{ client: '../shop' }, 'UsageError', /no client can be called/],
  [{ configRoot: temporaryFolder() }, 'UnknownClientError', /knows no client "shop"/],
  [{ variant: [], jobs: 'tagaffinity' }, 'UsageError', /--jobs: the output of tagaffinity ranks no items/],
  [{ variant: ['s:limit=3'], jobs: 'word2vec' }, 'UsageError', /"limit" is no setting/],
  [{ variant: [] }, 'UsageError', /which jobs\? Give --jobs/],
])('%j is refused before anything is computed', async (wrong, name, why) => {
  const asked = localRequest({ ...GOOD, ...wrong }, () => undefined);
  await expect(asked).rejects.toThrow(why);
  await expect(asked).rejects.toMatchObject({ name });
});

test('Jobs whose nodes name different roots are refused, and an option decides', async () => {
  const nodes = { 'matrix-factorization': '{"outputPath":"/a"}', 'similar-items': '{"outputPath":"/b"}' };
  const configRoot = configFolderWith(
    Object.fromEntries(Object.entries(nodes).map(([job, text]) => [configNode('shop', job), text])),
  );
  const { outputPath: _path, ...options } = { ...GOOD, configRoot, variant: [] };
  await expect(localRequest(options, () => undefined)).rejects.toThrow(
    /outputPath is \/a for matrix-factorization and \/b for similar-items: give --output-path/,
  );
  const { root, runs } = await localRequest({ ...options, outputPath: '/c' }, () => undefined);
  expect(root).toBe('/c/.work/evaluate/shop');
  expect(runs).toBe(3);
});
