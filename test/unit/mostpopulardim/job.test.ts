/** The job `mostpopulardim` gives the reference's bytes for any division into shards, and the server reads them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countsOfItems, type ValueColumn, ValueCounter } from '../../../functions/mostpopulardim/core-values.ts';
import { mostPopularByDimension } from '../../../functions/mostpopulardim/job.ts';
import { judging } from '../../../functions/mostpopulardim/judge.ts';
import { readConfig } from '../../../shared/config/read-config.ts';
import { uniform, writeActionLines } from '../../../shared/example/actions.ts';
import { groupRuns } from '../../../shared/shuffle/join-runs.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { readDimensions, recommendOf } from '../../helpers/dimension-reader.ts';
import { runInMemory, type Settings } from '../../helpers/memory-run.ts';
import { expectSameBytes } from '../../helpers/same-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { type PlainValue, popularByDimensionPlainly } from '../../reference/most-popular-by-dimension.ts';

const DAY = 15_317;

type Items = ReadonlyMap<number, ReadonlySet<number>>;

/** Writes actions and a catalogue, and returns the settings of a run over them. */
function settingsOf(
  actions: readonly PlainValue[],
  items: Items,
  parts = 1,
): Settings & { readonly itemsPath: string } {
  const root = temporaryFolder();
  const lines = actions.map(({ item, value }, at) =>
    JSON.stringify({
      timestamp_utc: '2011-12-09',
      client: 'shop',
      userid: 1 + (at % 9),
      itemid: item,
      type: at % 3,
      value,
    }),
  );
  writeActionLines(root, 'shop', DAY, lines, parts);
  const itemsPath = join(root, 'items.ndjson');
  writeFileSync(
    itemsPath,
    [...items].map(([itemid, dims]) => `${JSON.stringify({ itemid, dims: [...dims] })}\n`).join(''),
  );
  return { inputPath: root, itemsPath, gate: 'warn' };
}

const itemsOf = (entries: readonly (readonly [item: number, dims: readonly number[]])[]): Items =>
  new Map(entries.map(([item, dims]) => [item, new Set(dims)]));

const fileOf = async (settings: Settings, shards: number | 'planned' = 3) =>
  (await runInMemory(mostPopularByDimension, DAY, settings, shards)).files.get('part-00000')!;

describe('The file is that of the reference over 1, 3, 7 and the planned shards', () => {
  const VALUES = [0, 0, 0, 1, 5, 0.1, 0.2, 0.3, 1 / 3, -0.7, -1, -3, 1e9, 123456.789, 1e-9, -0];
  const IDS = [0, 1, 2 ** 31, 2 ** 33, Number.MAX_SAFE_INTEGER];

  test.each([
    [1, { k: 1_000, minCount: 0, requiredDimensions: [] }],
    [2, { k: 3, minCount: 0, requiredDimensions: [] }],
    [3, { k: 5, minCount: 4.5, requiredDimensions: [2, 65_534] }],
    [4, { k: 1, minCount: 0, requiredDimensions: [7] }],
  ])('with seed %i and %j', async (seed, rule) => {
    const random = uniform(seed);
    const below = (limit: number) => Math.floor(limit * random());
    const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
    const ids = [...IDS, ...Array.from({ length: 60 }, (_, item) => item + 2)];
    const items = itemsOf(
      ids
        .filter(() => below(6) > 0)
        .map((item) => [item, Array.from({ length: below(4) }, () => oneOf([0, 1, 2, 7, 300, 65_534]))]),
    );
    const actions = Array.from({ length: 1_500 }, () => ({ item: oneOf(ids), value: oneOf(VALUES) }));
    const settings = { ...settingsOf(actions, items, 9), ...rule };
    const expected = popularByDimensionPlainly(actions, items, rule);
    expect(expected.split('\n').length).toBeGreaterThan(5);
    for (const shards of [1, 3, 7, 'planned'] as const) {
      const { files, counts } = await runInMemory(mostPopularByDimension, DAY, settings, shards);
      expectSameBytes(files.get('part-00000')!, expected, `part-00000 in ${shards} shards, beside the reference`);
      expect(counts).toMatchObject({ lines: 1_500, written: expected.split('\n').length - 1, notFinite: 0 });
      expect(counts.dimensions).toBe(readDimensions(expected).size);
    }
  });
});

test('No split of the actions changes a bit of a sum', () => {
  const value = fc.oneof(
    fc.constantFrom(0, -0, 1, 0.1, 0.2, 1e16, -1e16, 1 / 3),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }),
  );
  const action = fc.record({ item: fc.nat(3), value });
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (actions, shards, limit) => {
        const countsIn = (parts: readonly (readonly PlainValue[])[], leastLimit: number) => {
          const runs = parts.map((part) => {
            const counter = new ValueCounter(leastLimit);
            for (const one of part) counter.add(Float64Array.of(one.item), Float64Array.of(one.value), 1);
            return counter.finish();
          });
          const grouped = groupRuns<ValueColumn>(runs, 1);
          const counts = countsOfItems(grouped);
          return new Map([...grouped.ids].map((item, at) => [item, counts[at]]));
        };
        const split = Array.from({ length: shards }, (_, shard) => actions.filter((_one, at) => at % shards === shard));
        const found = countsIn(split, limit);
        expect(found).toEqual(countsIn([[...actions].reverse()], 1_000));
        for (const [item, count] of found) {
          const own = actions.filter((one) => one.item === item);
          const distinct = [...new Set(own.map((one) => one.value))].sort((a, b) => a - b);
          let sum = 0;
          for (const each of distinct) sum += each * own.filter((one) => one.value === each).length;
          expect(count).toBe(own.length + sum);
        }
      },
    ),
  );
});

test('The example of the module', () => {
  const counter = new ValueCounter();
  counter.add(Float64Array.of(20, 20, 20, 20, 20), Float64Array.of(0, 0.1, 5, 0.1, 0), 5);
  const { columns } = counter.finish();
  expect([[...columns.get('values')!], [...columns.get('numbers')!]]).toEqual([
    [0, 0.1, 5],
    [2, 2, 1],
  ]);
  expect([...countsOfItems(groupRuns<ValueColumn>([counter.finish()], 1))]).toEqual([10.2]);
});

describe('What counts', () => {
  const times = (count: number, item: number, value = 0) => Array.from({ length: count }, () => ({ item, value }));

  test('An action adds its value and one, in each dimension of its item; ties go to the smaller item', async () => {
    const items = itemsOf([
      [20, [4, 9]],
      [31, [9]],
      [10, [4]],
      [40, []],
    ]);
    const actions = [
      ...times(2, 20),
      { item: 31, value: 2.5 },
      ...times(1, 31),
      ...times(2, 10),
      ...times(9, 40),
      ...times(9, 77),
    ];
    expect(await fileOf(settingsOf(actions, items))).toBe(
      '{"dim":4,"item":10,"count":2}\n{"dim":4,"item":20,"count":2}\n' +
        '{"dim":9,"item":31,"count":4.5}\n{"dim":9,"item":20,"count":2}\n',
    );
  });

  test('An item with a required dimension counts in all of its dimensions, listed or not', async () => {
    const items = itemsOf([
      [20, [4, 9]],
      [31, [9]],
    ]);
    const settings = settingsOf([...times(1, 20), ...times(5, 31)], items);
    for (const requiredDimensions of [' 4 , 8', '4 8', '[4]', 4, [8, 4]]) {
      expect(await fileOf({ ...settings, requiredDimensions })).toBe(
        '{"dim":4,"item":20,"count":1}\n{"dim":9,"item":20,"count":1}\n',
      );
    }
    expect(await fileOf({ ...settings, requiredDimensions: '8' })).toBe('');
  });

  test('Counts below 1 are left out, so that no score is divided by 0', async () => {
    const items = itemsOf([
      [1, [4]],
      [2, [4]],
      [3, [4]],
    ]);
    const actions = [...times(3, 1, -1), ...times(2, 2, -0.5), ...times(1, 3, -0.5)];
    expect(await fileOf(settingsOf(actions, items))).toBe('{"dim":4,"item":2,"count":1}\n');
  });

  test('Large counts are written as the largest that the server reads, in the order of the counts, with one warning', async () => {
    const items = itemsOf([
      [1, [4]],
      [2, [4]],
      [3, [4]],
      [9, [4]],
    ]);
    const actions = [
      { item: 1, value: 2_147_483_646 },
      { item: 2, value: 1e10 },
      { item: 9, value: 1e308 },
      { item: 9, value: 1e308 },
      { item: 3, value: 7 },
    ];
    const { files, counts, log } = await runInMemory(mostPopularByDimension, DAY, settingsOf(actions, items), 3);
    const text = files.get('part-00000')!;
    expect(text).toBe(
      [9, 2, 1].map((item) => `{"dim":4,"item":${item},"count":2147483647}\n`).join('') +
        '{"dim":4,"item":3,"count":8}\n',
    );
    expect(counts).toMatchObject({ capped: 2, written: 4 });
    expect(log.filter((line) => line.includes('2 counts are above 2147483647'))).toHaveLength(1);
    expect(recommendOf(readDimensions(text), 4, 10).map(([item]) => item)).toEqual([9, 2, 1, 3]);
  });

  test('The server cuts fractions off, keeps the order of the file, and divides by the first item that is not excluded', async () => {
    const items = itemsOf([
      [1, [4]],
      [2, [4]],
      [3, [4, 6]],
    ]);
    const actions = [...times(1, 1, 3.5), ...times(1, 2, 3.9), ...times(1, 3, 1)];
    const model = readDimensions(await fileOf(settingsOf(actions, items)));
    expect(recommendOf(model, 4, 3)).toEqual([
      [2, 1],
      [1, 1],
      [3, 0.5],
    ]);
    expect(recommendOf(model, 4, 1, new Set([2]))).toEqual([[1, 1]]);
    expect(recommendOf(model, 6, 5)).toEqual([[3, 1]]);
  });
});

test('A catalogue of which no item is acted on gives an empty file with a warning, and blocks the activation', async () => {
  const { gate: _, ...settings } = settingsOf([{ item: 1, value: 0 }], itemsOf([[5, [4]]]));
  await expect(runInMemory(mostPopularByDimension, DAY, settings)).rejects.toMatchObject({ name: 'BlockedModelError' });
  const cloud = new JobCloud({ job: mostPopularByDimension, client: 'shop', day: DAY, settings, activate: false });
  await cloud.run();
  expect(cloud.log.join('\n')).toContain('there is no line');
  expect((await cloud.output.head(`shop/mostpopulardim/${DAY}/part-00000`))?.size).toBe(0);
});

test('The verdict reads a good file and refuses what the server or the settings would', () => {
  const settings = mostPopularByDimension.settings.parse({ itemsPath: '/x', k: 2, minCount: 3 });
  const faults = (lines: readonly string[]) => {
    const read = judging.tables[0]!.reader({ settings, counts: {} }, true);
    return lines.map(read).filter((problem) => problem !== undefined);
  };
  const line = (dim: number, item: number, count: number | string) => `{"dim":${dim},"item":${item},"count":${count}}`;
  const max = 2_147_483_647;
  expect(faults([line(1, 9, max), line(1, 2, max), line(2, 1, 4.5), line(2, 3, 4.5)])).toEqual([]);
  for (const [lines, problem] of [
    [[line(1, 9, 5), line(1, 2, 5)], 'does not come after'],
    [[line(1, 2, 5), line(1, 3, 6)], 'does not come after'],
    [[line(2, 2, 5), line(1, 3, 4)], 'its dimension does not come after'],
    [[line(1, 1, 9), line(1, 2, 8), line(1, 3, 7)], 'more than the 2 items'],
    [[line(1, 1, 2)], 'below minCount'],
    [[line(1, 1, 0)], 'not from 1'],
    [[line(1, 1, 2 ** 31)], 'not from 1'],
    [[line(2 ** 31, 1, 5)], 'no id of a dimension'],
    [[line(1, 1, '5.0')], 'not written as JSON prints it'],
    [['{"dim":1,"item":1,"count":5,"x":1}'], 'exactly the keys'],
  ] as const) {
    expect(faults(lines)).toEqual([expect.stringContaining(problem)]);
  }
});

describe('A node of a default installation', () => {
  /** The node that `seldon-cli model --action add` copies from its template. */
  const TEMPLATE = {
    activate: true,
    days: 1,
    startDay: 1,
    inputPath: '/seldon-data/seldon-models',
    outputPath: '/seldon-data/seldon-models',
    k: 28,
    jdbc: 'jdbc:mysql://mysql:3306/test?characterEncoding=utf8&user=root&password=mypass',
  };
  const read = (node: object, overrides: object = {}) =>
    readConfig({
      schema: mostPopularByDimension.settings,
      jobName: 'mostpopulardim',
      node: { path: 'the node', text: JSON.stringify(node) },
      overrides: { ...overrides },
    });

  test('is taken as it is, and the day that arrived wins over its day', () => {
    const { settings, warnings, unknownKeys } = read(TEMPLATE, { startDay: DAY });
    expect(settings).toMatchObject({ ...TEMPLATE, startDay: DAY, minCount: 0, requiredDimensions: [], itemsPath: '' });
    expect([warnings, unknownKeys]).toEqual([[], []]);
  });

  test.each([
    [{}, /give either jdbc or itemsPath/],
    [{ itemsPath: '/x', k: 0 }, /k .*1 to 100000/],
    [{ itemsPath: '/x', k: 100_001 }, /k .*1 to 100000/],
    [{ itemsPath: '/x', minCount: -1 }, /minCount/],
    [{ itemsPath: '/x', requiredDimensions: 'a' }, /requiredDimensions .*commas or blanks/],
  ])('The node %j is refused', (node, message) => {
    expect(() => read(node)).toThrow(message);
  });
});
