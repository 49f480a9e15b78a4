/** Sessions and baskets: the jobs' bytes are compared with the references', on hostile days and on real data. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { basketAnalysis } from '../../functions/basketanalysis/job.ts';
import { sessionItems } from '../../functions/sessionitems/job.ts';
import { uniform, writeActionLines } from '../../shared/example/actions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { runInMemory, type Settings } from '../helpers/memory-run.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { actionIn, type RealData, realDays } from '../helpers/real-actions.ts';
import { expectSameBytes, expectSameFiles } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { basketsPlainly } from '../reference/baskets.ts';
import { sessionsPlainly } from '../reference/sessions.ts';
import { type PlainAction, VISIT_DEFAULTS } from '../reference/visits.ts';

const DAY = 15_317;
const SHARDINGS = [1, 2, 7];
const DEFAULTS = { ...VISIT_DEFAULTS, allowedTypes: [] as number[], addToBasketType: 1, removeFromBasketType: 2 };

interface Compared {
  readonly job: AnyJob;
  readonly reference: (actions: readonly PlainAction[], settings: typeof DEFAULTS) => Map<number, string[]>;
  /** The job's lines, as the manifest counts them. */
  readonly noun: string;
}
const JOBS: readonly Compared[] = [
  { job: sessionItems, reference: sessionsPlainly, noun: 'sessions' },
  { job: basketAnalysis, reference: basketsPlainly, noun: 'baskets' },
];

/** Returns the text of the only part, users ascending. Fewer than 2^20 lines have one part. */
const textOf = (lines: Map<number, string[]>): string =>
  [...lines]
    .sort(([a], [b]) => a - b)
    .flatMap(([, own]) => own.map((line) => `${line}\n`))
    .join('');

describe('On hostile actions of three days', () => {
  /** The days with actions. DAY - 2, between them, has no folder. */
  const DAYS = [DAY - 3, DAY - 1, DAY];
  const root = temporaryFolder();
  const actions: PlainAction[] = [];
  let lines = 0;
  let rejected = 0;

  beforeAll(() => {
    const random = uniform(15);
    const below = (limit: number) => Math.floor(limit * random());
    const oneOf = <T>(values: readonly T[]): T => values[below(values.length)]!;
    const users = [...Array.from({ length: 40 }, (_, id) => id + 1), 2 ** 31, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];
    const items = [0, 1, 2, 9, 10, 11, 2 ** 31, 2 ** 33, Number.MAX_SAFE_INTEGER];
    /** Returns a random spelling of the instant. */
    const spelled = (timeMs: number): string => {
      const text = new Date(timeMs).toISOString();
      const later = new Date(timeMs + 5_400_000).toISOString();
      return oneOf([
        ...[text, text.replace('Z', ''), text.replace('.', ','), `${text.slice(0, -1)}9999Z`],
        ...[later.replace('Z', '+01:30'), later.replace('Z', '+0130'), text.replace(/\.000Z$/, 'Z')],
      ]);
    };
    const lineOf = ({ user, item, type, timeMs }: PlainAction): string => {
      const fields = { timestamp_utc: spelled(timeMs), client: 'shop', userid: user, itemid: item, type, value: 1 };
      const given = type === 0 ? { ...fields, type: oneOf([0, null, undefined]) } : fields;
      // Some lines have their fields in another order, and some have more fields.
      return oneOf([
        () => JSON.stringify(given),
        () => JSON.stringify(Object.fromEntries(Object.entries(given).reverse())),
        () => JSON.stringify({ extra_data: { userid: 3, deep: [{ type: 9 }] }, pad: 'ä'.repeat(300), ...given }),
      ])();
    };
    const bad = [
      ...['no action', '{"timestamp_utc":"2011-12-09","client":"shop","userid":1}', '[1]', '{"userid":1'],
      '{"timestamp_utc":"2011-12-09","client":"shop","userid":0,"itemid":1}',
      '{"timestamp_utc":"2011-12-09","client":"shop","userid":9007199254740993,"itemid":1}',
      '{"timestamp_utc":"2011-12-09","client":"shop","userid":"1","itemid":1}',
      '{"timestamp_utc":"yesterday","client":"shop","userid":1,"itemid":1}',
    ];
    for (const day of DAYS) {
      const folder = join(root, 'shop/actions', String(day));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '_SUCCESS'), '');
      for (let part = 0; part < 4; part++) {
        const dayLines = Array.from({ length: 1200 }, () => {
          lines++;
          if (below(25) === 0) {
            rejected++;
            return oneOf(bad);
          }
          // Users with small ids do most. Times fall on few instants, so gaps of 1800 s and nearly 1800 s are common.
          const timeMs = (day * 48 + below(48)) * 1_800_000 + oneOf([0, 0, -1, 1, 900_000]);
          const action = { user: users[below(users.length * random())]!, item: oneOf(items), type: below(4), timeMs };
          actions.push(action);
          return lineOf(action);
        });
        const text = dayLines.map((line) => line + oneOf(['\n', '\r\n', '\n\n', '\n  \n'])).join('');
        writeFileSync(join(folder, `part-${part}${part === 3 ? '.gz' : ''}`), part === 3 ? gzipSync(text) : text);
      }
    }
  });

  /** The settings as the job is given them, and the same as the reference is given them. */
  const CASES: readonly (readonly [settings: Settings, parsed: Partial<typeof DEFAULTS>])[] = [
    [{}, {}],
    [{ maxIntraSessionGapSecs: 1800 }, { maxIntraSessionGapSecs: 1800 }],
    [
      { maxIntraSessionGapSecs: 0, minActionsPerUser: '40' },
      { maxIntraSessionGapSecs: 0, minActionsPerUser: 40 },
    ],
    [
      { maxIntraSessionGapSecs: 3600, maxActionsPerUser: 60, allowedTypes: ' 1, 3 ', removefromBasketType: 3 },
      { maxIntraSessionGapSecs: 3600, maxActionsPerUser: 60, allowedTypes: [1, 3], removeFromBasketType: 3 },
    ],
    [
      { minActionsPerUser: 10, allowedTypes: 2, addToBasketType: 2, removeFromBasketType: 0 },
      { minActionsPerUser: 10, allowedTypes: [2], addToBasketType: 2, removeFromBasketType: 0 },
    ],
    [
      { maxIntraSessionGapSecs: 900, allowedTypes: [0, 2] },
      { maxIntraSessionGapSecs: 900, allowedTypes: [0, 2] },
    ],
  ];

  describe.each(JOBS)('the $noun', ({ job, reference, noun }) => {
    test.each(CASES)('are those of the reference in 1, 2 and 7 shards with %j', async (settings, parsed) => {
      const expected = reference(actions, { ...DEFAULTS, ...parsed });
      const text = textOf(expected);
      expect(expected.size).toBeGreaterThan(5);
      const all = { inputPath: root, days: 4, ...settings };
      let first: ReadonlyMap<string, string> | undefined;
      for (const shards of SHARDINGS) {
        const { files, counts, computed, log } = await runInMemory(job, DAY, all, shards);
        expect([...files.keys()]).toEqual(['_BEGUN', '_SUCCESS', '_rejected', 'part-00000']);
        expectSameBytes(files.get('part-00000')!, text, `part-00000 in ${shards} shards, beside the reference`);
        const sum = [...expected.values()].reduce((total, own) => total + own.length, 0);
        expect(counts).toEqual({ lines, rejected, users: expected.size, [noun]: sum });
        expect(files.get('_rejected')!.trimEnd().split('\n')).toHaveLength(100);
        expect(computed).toMatchObject({ collect: shards, cut: shards, order: 1 });
        expect(log.filter((message) => message.includes('nothing to read for day'))).toHaveLength(1);
        // The manifest and the sample of rejects are the same bytes too.
        first ??= files;
        expectSameFiles(files, first, `${shards} shards beside 1`);
      }
    });
  });

  test.each(JOBS)('one empty part is published when no $noun are found', async ({ job, noun }) => {
    const { files, counts } = await runInMemory(job, DAY, { inputPath: root, days: 4, minActionsPerUser: 5000 }, 7);
    expect(files.get('part-00000')).toBe('');
    expect(counts).toMatchObject({ users: 0, [noun]: 0 });
  });

  test.each(JOBS)(
    'the run that makes $noun fails when the share of rejects is above maxRejectRatio',
    async ({ job }) => {
      const maxRejectRatio = (rejected - 1) / lines;
      const failing = runInMemory(job, DAY, { inputPath: root, days: 4, maxRejectRatio }, 2);
      await expect(failing).rejects.toThrow(`${rejected} of ${lines} lines were rejected`);
    },
  );
});

describe.each<RealData>(['onlineretail', 'movietweetings'])('On the actions of %s', (data) => {
  const root = temporaryFolder();
  let actions: PlainAction[];
  let days: { first: number; last: number };

  beforeAll(() => {
    const read = realDays(data);
    for (const { day, lines } of read) writeActionLines(root, 'shop', day, lines);
    actions = read.flatMap(({ lines }) => lines.map(actionIn));
    days = { first: read[0]!.day, last: read.at(-1)!.day };
  });

  test.each(JOBS)('the $noun are those of the reference in 1, 2 and 7 shards', async ({ job, reference, noun }) => {
    const settings = { maxIntraSessionGapSecs: 1800, minActionsPerUser: 2 };
    const expected = reference(actions, { ...DEFAULTS, ...settings });
    const text = textOf(expected);
    const all = { inputPath: root, days: days.last - days.first + 1, ...settings };
    for (const shards of SHARDINGS) {
      const { files, counts } = await runInMemory(job, days.last, all, shards);
      expectSameBytes(files.get('part-00000')!, text, `part-00000 in ${shards} shards, beside the reference`);
      expect(counts).toMatchObject({ lines: actions.length, rejected: 0, users: expected.size });
      expect(counts[noun]).toBe(text.split('\n').length - 1);
    }
  });
});

test('grouping a day and running both jobs by the command line gives the reference’s sessions and baskets', async () => {
  const output = temporaryFolder();
  const logs = new URL('../data/onlineretail/logs/actions.%y/%m%d/*/*', import.meta.url).pathname;
  await offlineSummary([
    ...['group-actions', '--input-path-pattern', logs, '--input-date-string', '20111208', '--output-path-dir', output],
  ]);
  const actions = realDays('onlineretail')
    .find(({ day }) => day === DAY - 1)!
    .lines.map(actionIn);
  for (const { job, reference, noun } of JOBS) {
    const summary = await offlineSummary(
      [
        ...['run', job.name, '--client', 'onlineretail', '--start-day', String(DAY - 1)],
        ...['--input-path', output, '--output-path', output, '--config', '-'],
        ...['--set', 'maxIntraSessionGapSecs=600', '--shards', '2'],
      ],
      { input: '{"minActionsPerUser" : "5"}' },
    );
    const expected = reference(actions, { ...DEFAULTS, maxIntraSessionGapSecs: 600, minActionsPerUser: 5 });
    const part = join(output, 'onlineretail', job.writes, String(DAY - 1), 'part-00000');
    expectSameBytes(readFileSync(part), textOf(expected), part);
    expect(summary.manifest.counts).toMatchObject({ users: expected.size, rejected: 0 });
    expect(summary.manifest.counts[noun]).toBeGreaterThan(40);
  }
});

test('equal types for adding and removing are refused before any work', async () => {
  const args = ['run', 'basketanalysis', '--client', 'shop', '--start-day', '1', '--set', 'addToBasketType=2'];
  const ended = await offline([...args, '--output-path', temporaryFolder()]);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain('addToBasketType and removeFromBasketType are the same');
});
