/** The job `mostpopular` gives the reference's bytes for any division into shards, and says what it leaves out. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ItemCounter, sumOfCounts } from '../../../functions/mostpopular/core-counts.ts';
import { mostPopular } from '../../../functions/mostpopular/job.ts';
import { readConfig } from '../../../shared/config/read-config.ts';
import { uniform, writeActionLines } from '../../../shared/example/actions.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { runInMemory } from '../../helpers/memory-run.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { popularPlainly } from '../../reference/most-popular.ts';

const DAY = 15_317;
const LARGEST = Number.MAX_SAFE_INTEGER;

interface Written {
  readonly user: number;
  readonly item: number;
  readonly type?: number;
  readonly value?: number;
}

const lineOf = ({ user, item, type, value }: Written): string =>
  JSON.stringify({ timestamp_utc: '2011-12-09', client: 'shop', userid: user, itemid: item, type, value });

/** Writes the actions of a day and returns the root. */
function rootWith(lines: readonly string[], parts = 1, day = DAY, root = temporaryFolder()): string {
  writeActionLines(root, 'shop', day, lines, parts);
  return root;
}

describe('The file', () => {
  test.each([1, 2, 3, 4])(
    'is that of the reference over 1, 3, 7 and the planned shards, with seed %i',
    async (seed) => {
      const random = uniform(seed);
      const below = (limit: number) => Math.floor(limit * random());
      const ids = [0, 1, 2 ** 31, 2 ** 32, 2 ** 33 + 1, LARGEST, ...Array.from({ length: 150 }, () => below(1_000))];
      const actions = Array.from({ length: 2_000 }, (): Written => {
        const item = ids[Math.floor(ids.length * random() ** 2)]!;
        return { user: 1 + below(30), item, type: below(4), value: below(3) === 0 ? -below(90) / 7 : below(5) };
      });
      const root = rootWith(actions.map(lineOf), 9);
      const expected = popularPlainly(actions);
      for (const shards of [1, 3, 7, 'planned'] as const) {
        const { files, counts } = await runInMemory(mostPopular, DAY, { inputPath: root }, shards);
        expectSameBytes(files.get('part-00000')!, expected, `part-00000 in ${shards} shards, beside the reference`);
        expect(counts).toEqual({
          lines: 2_000,
          rejected: 0,
          actionsWithoutItem: actions.filter(({ item }) => item === 0).length,
          items: expected.split('\n').length - 1,
        });
      }
    },
  );

  test('counts every action of the days once, whatever its user, type and value are', async () => {
    const root = rootWith(
      [
        lineOf({ user: 1, item: 5, type: 1, value: 3 }),
        lineOf({ user: 1, item: 5, type: 1, value: 3 }),
        lineOf({ user: 2, item: 5, value: -7 }),
        lineOf({ user: 2, item: 10, type: 9 }),
        lineOf({ user: 2, item: 9 }),
        lineOf({ user: 2, item: 0 }),
      ],
      3,
    );
    rootWith([lineOf({ user: 3, item: 9 }), 'no action'], 1, DAY - 1, root);
    rootWith([lineOf({ user: 3, item: 777 })], 1, DAY - 2, root);
    const settings = { inputPath: root, days: 2, maxRejectRatio: 0.2 };
    const { files, counts } = await runInMemory(mostPopular, DAY, settings, 3);
    expect(files.get('part-00000')).toBe('{"item":5,"count":3}\n{"item":9,"count":2}\n{"item":10,"count":1}\n');
    expect(counts).toEqual({ lines: 8, rejected: 1, actionsWithoutItem: 1, items: 3 });
    expect([...files.keys()].sort()).toEqual(['_BEGUN', '_SUCCESS', '_rejected', 'part-00000']);
  });

  test('of a day whose actions have no item is not published', async () => {
    const root = rootWith([lineOf({ user: 1, item: 0 })]);
    await expect(runInMemory(mostPopular, DAY, { inputPath: root })).rejects.toMatchObject({
      name: 'EmptyModelError',
      message: expect.stringContaining('no action has an item'),
    });
  });
});

test('The counts of shards add up to the count of all, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(40), { maxLength: 30 }), { maxLength: 5 }), (shards) => {
      const lists = shards.map((items) => {
        const counter = new ItemCounter();
        counter.add(Float64Array.from(items), items.length);
        return counter.finish();
      });
      const { items, counts } = sumOfCounts(lists);
      const expected = new Map<number, number>();
      for (const item of shards.flat().filter((id) => id > 0)) expected.set(item, (expected.get(item) ?? 0) + 1);
      expect(new Map([...items].map((item, at) => [item, counts[at]]))).toEqual(expected);
    }),
  );
});

/** The node that `seldon-cli model --action add` copies from its template. */
const TEMPLATE = {
  activate: true,
  days: 1,
  startDay: 1,
  inputPath: '/seldon-data/seldon-models',
  outputPath: '/seldon-data/seldon-models',
};

describe('A node of a default installation', () => {
  const read = (overrides: object) =>
    readConfig({
      schema: mostPopular.settings,
      jobName: 'mostpopular',
      node: { path: 'the node', text: JSON.stringify(TEMPLATE) },
      overrides: { ...overrides },
    });

  test('is taken as it is, and the day that arrived wins over its day', () => {
    const { settings, warnings, unknownKeys } = read({ startDay: DAY });
    expect(settings).toMatchObject({ ...TEMPLATE, startDay: DAY, jdbc: '' });
    expect([warnings, unknownKeys]).toEqual([[], []]);
  });

  test('runs without ZooKeeper, and one warning says that nothing is uploaded', async () => {
    const root = rootWith([lineOf({ user: 1, item: 5 })]);
    const settings = { inputPath: root, activate: true };
    const cloud = new JobCloud({ job: mostPopular, client: 'shop', day: DAY, settings });
    await cloud.run();
    const said = cloud.log.filter((line) => line.includes('activate has no effect'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('jdbc is not set, so nothing is uploaded');
  });

  test('with jdbc says once that activate means nothing, and without activate nothing', () => {
    const warningsOf = (more: object) => mostPopular.warnings!({ ...read({}).settings, ...more });
    expect(warningsOf({ jdbc: 'jdbc:mysql://h/d' })).toEqual([
      'activate has no effect here: the server reads the table items_recent_popularity, which jdbc fills',
    ]);
    expect(warningsOf({ activate: false })).toEqual([]);
  });
});

test('An object that is no file of actions is named in the error', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'shop/actions', String(DAY)), { recursive: true });
  writeFileSync(join(root, 'shop/actions', String(DAY), 'part-00000'), 'a\nb\n');
  await expect(runInMemory(mostPopular, DAY, { inputPath: root })).rejects.toMatchObject({
    name: 'TooManyRejectsError',
  });
});
