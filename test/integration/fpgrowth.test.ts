/** Association rules: the job's bytes are compared with the reference's, on hostile baskets and on real ones. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { fpGrowth } from '../../functions/fpgrowth/job.ts';
import { uniform } from '../../shared/example/actions.ts';
import { basketLines, writeBaskets } from '../../shared/example/baskets.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { runInMemory, type Settings } from '../helpers/memory-run.ts';
import { actionIn, realDays } from '../helpers/real-actions.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { basketsPlainly } from '../reference/baskets.ts';
import { DEFAULT_RULE_SETTINGS, type PlainRuleSettings, rulesPlainly } from '../reference/rules.ts';
import { VISIT_DEFAULTS } from '../reference/visits.ts';

const DAY = 15_317;
const SHARDINGS = [1, 2, 7];

/** Runs the job in memory. Some settings of these tests leave no rule, so the gate must not block the run. */
async function published(settings: Settings, shards: number | 'planned' = 1) {
  const run = await runInMemory(fpGrowth, DAY, { ...settings, gate: 'warn' }, shards);
  return { ...run, rules: run.files.get('part-00000')! };
}

const folderOf = (lines: readonly string[], parts = 7): string => {
  const root = temporaryFolder();
  writeBaskets(root, `shop/basketanalysis/${DAY}`, lines, parts);
  return root;
};
const referenceRules = (lines: readonly string[], settings: Partial<PlainRuleSettings>) =>
  rulesPlainly(lines, { ...DEFAULT_RULE_SETTINGS, ...settings });
const lineCount = (text: string): number => text.split('\n').length - 1;

/** Settings, and the least number of rules that they must give for the comparison to mean something. */
const CASES: readonly (readonly [settings: Partial<PlainRuleSettings>, leastRules: number])[] = [
  [{}, 100],
  [{ minSupport: 0.001, maxItemSetSize: 6 }, 1000],
  [{ minSupport: 0.002, minItemSetFreq: 12, maxItemSetSize: 3, minConfidence: 0, minInterest: -1, minLift: 1 }, 100],
  [{ minSupport: 0, minItemSetFreq: 20, minConfidence: 0.5, minInterest: 0.3, minLift: 3 }, 20],
  [{ minSupport: 0.01, maxItemSetSize: 2, minConfidence: 0, minInterest: -1 }, 100],
  [{ minSupport: 0.9 }, 0],
  [{ maxItemSetSize: 1 }, 0],
];

describe('On hostile baskets', () => {
  const root = temporaryFolder();
  /** The lines that are valid baskets. */
  const lines: string[] = [];
  let read = 0;
  let rejected = 0;

  beforeAll(() => {
    const random = uniform(5);
    const oneOf = <T>(values: readonly T[]): T => values[Math.floor(values.length * random())]!;
    const bad = [
      ...['1  2', ' 1 2', '1 2 ', '1\t2', '1,2', '-1 2', '1.0', 'beer', '9007199254740992 1', '1 2 x'],
      '7 '.repeat(9 << 20).trimEnd(),
    ];
    const ids = [0, 1, 9, 10, 2 ** 31, 2 ** 33, Number.MAX_SAFE_INTEGER];
    const valid = [
      ...basketLines({ baskets: 2400, items: 50, firstId: 2 ** 31 - 20 }),
      // These baskets have ids of very different sizes, in any order, with repetitions. Many of them are equal.
      ...Array.from({ length: 500 }, () =>
        Array.from({ length: 1 + Math.floor(6 * random()) }, () => oneOf(ids)).join(' '),
      ),
      '5',
      Array.from({ length: 300 }, (_, item) => 2 ** 40 + item).join(' '),
    ];
    const folder = join(root, `shop/basketanalysis/${DAY}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '_SUCCESS'), '');
    writeFileSync(join(folder, '_rejected'), 'no basket\n');
    for (let part = 0; part < 8; part++) {
      const text = valid
        .filter((_, index) => index % 8 === part)
        .flatMap((line) => {
          read++;
          lines.push(line);
          if (random() > 0.04) return [line];
          read++;
          rejected++;
          return [line, bad[rejected % bad.length]!];
        })
        .map((line) => line + oneOf(['\n', '\n', '\r\n', '\n\n', '\n  \n']))
        .join('');
      writeFileSync(join(folder, `part-${part}${part === 3 ? '.gz' : ''}`), part === 3 ? gzipSync(text) : text);
    }
  });

  describe.each(CASES)('with %j', (settings, leastRules) => {
    test.each(SHARDINGS)('the rules are those of the reference in %d shards', async (shards) => {
      const { rules, counts, computed, files } = await published({ inputPath: root, ...settings }, shards);
      expectSameBytes(rules, referenceRules(lines, settings), 'part-00000, beside the reference');
      expect(lineCount(rules)).toBeGreaterThanOrEqual(leastRules);
      expect(counts).toMatchObject({ lines: read, rejected, baskets: lines.length, rules: lineCount(rules) });
      expect(lineCount(files.get('_rejected')!)).toBe(Math.min(100, rejected));
      for (const step of ['count', 'tally', 'join', 'order']) expect(computed[step], step).toBe(shards);
      // A shard of `mine` is a range of ranks, and a few items do not make seven ranges.
      if (Number(counts.frequentItems) > 20) expect(computed.mine, 'mine').toBe(shards);
    });
  });

  test('rejects are sampled with the object, the line or offset, and the reason', async () => {
    const { files } = await published({ inputPath: root }, 7);
    const sample = files
      .get('_rejected')!
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rejected).toBeGreaterThan(60);
    expect(new Set(sample.map(({ reason }) => reason))).toEqual(
      new Set(['not item ids separated by single spaces', 'an item id above 2^53 - 1', 'longer than 16 MiB']),
    );
    for (const { object } of sample) expect(object).toMatch(/^shop\/basketanalysis\/15317\/part-\d(\.gz)?$/);
    expect(sample.filter(({ line }) => line > 0).length).toBeGreaterThan(5);
  });

  test('the run fails when the share of rejects is above maxRejectRatio', async () => {
    const run = published({ inputPath: root, maxRejectRatio: 0.01 });
    await expect(run).rejects.toThrow(`${rejected} of ${read} lines were rejected`);
  });
});

test('rules are ordered by score, then length of the antecedent, then antecedent in numeric order, then item', async () => {
  // The blocks have the same structure, so every score occurs often. Their ids have another order as text.
  const blocks = [
    [9, 10, 11],
    [100, 20, 3],
    [2 ** 40, 4, 5],
  ].flatMap((block) => [...Array(5).fill(block), ...Array(2).fill(block.slice(1)), [block[0]]]);
  const lines = blocks.map((basket) => basket.join(' '));
  const settings = { minConfidence: 0, minInterest: -1, minSupport: 0, minItemSetFreq: 0 };
  const { rules } = await published({ inputPath: folderOf(lines), ...settings }, 7);
  expect(rules).toBe(referenceRules(lines, settings));
  const found = rules
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const scores = found.map(({ itemset, confidence, lift }) => confidence * lift * itemset.length);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(new Set(scores).size).toBeLessThan(scores.length / 2);
  expect(Object.keys(found[0])).toEqual(['itemset', 'item', 'confidence', 'lift', 'interest']);
});

test('the example of the README gives the rule that the README shows', async () => {
  const root = folderOf(['1 2 3', '1 2', '1 3', '2', '1 2'], 1);
  const { rules } = await published({ inputPath: root, minSupport: 0.4 });
  expect(rules).toBe('{"itemset":[3],"item":1,"confidence":1,"lift":1.25,"interest":0.19999999999999996}\n');
});

describe('With few baskets', () => {
  /** 105 baskets, each with 30 of 3,000 items and so with 174,000 subsets of two to five items. */
  const random = uniform(31);
  const lines = Array.from({ length: 105 }, () => {
    const items = new Set<number>();
    while (items.size < 30) items.add(1 + Math.floor(3_000 * random() ** 2));
    return [...items].join(' ');
  });

  test('no item set rests on a single basket by default, and the run warns', async () => {
    const { rules, counts, log } = await published({ inputPath: folderOf(lines) });
    expect(rules).toBe(referenceRules(lines, {}));
    expect(lineCount(rules)).toBeGreaterThan(100);
    expect(counts.frequentItemSets).toBeLessThan(10_000);
    expect(log.join('\n')).toContain('item sets that 2 of 105 baskets hold count as frequent');
  });

  test('item sets of a single basket count under minItemSetFreq 0, as in the original', async () => {
    const small = lines.map((line) => line.split(' ').slice(0, 6).join(' '));
    const { rules, log } = await published({ inputPath: folderOf(small), minItemSetFreq: 0 });
    expect(rules).toBe(referenceRules(small, { minItemSetFreq: 0 }));
    expect(log.join('\n')).toContain('item sets that 1 of 105 baskets hold count as frequent');
  });
});

test('a minSupport of 0.07 is 7 of 100 baskets', async () => {
  const lines = Array.from({ length: 100 }, (_, index) => (index < 7 ? '1 2' : index < 13 ? '3 4' : '5'));
  const { rules, counts } = await published({ inputPath: folderOf(lines), minSupport: '0.07' });
  expect(counts.frequentItems).toBe(3);
  expect(rules).toBe(referenceRules(lines, { minSupport: 0.07 }));
  expect(lineCount(rules)).toBe(2); // From item 1 to item 2, and from 2 to 1.
});

describe('Without a rule', () => {
  test.each([
    ['every basket has one item', ['1', '2', '3']],
    ['no pair of items occurs twice', ['1 2', '3 4', '5 6', '7 8']],
    ['every line is rejected', ['x']],
  ])('because %s, an empty file is published', async (_reason, lines) => {
    const settings = { inputPath: folderOf(lines, 1), minSupport: 0.5, maxRejectRatio: 1 };
    for (const shards of [1, 7]) expect((await published(settings, shards)).rules).toBe('');
  });

  test('because no basket was written, the run fails and names the job that writes baskets', async () => {
    const root = temporaryFolder();
    await expect(published({ inputPath: root })).rejects.toThrow("run the job that writes 'basketanalysis' first");
  });
});

describe('inputSubFolder', () => {
  test('names the folder whose days are read, and days that count twice give a warning', async () => {
    const lines = basketLines({ baskets: 900, items: 30 });
    const root = temporaryFolder();
    for (const [index, day] of [DAY - 2, DAY].entries()) {
      const folder = `shop/wishes/${day}`;
      writeBaskets(root, folder, lines.slice(450 * index, 450 * (index + 1)), 2);
      const files = [0, 1].map((part) => ({ name: `part-0000${part}` }));
      writeFileSync(join(root, folder, '_SUCCESS'), JSON.stringify({ settings: { days: 1 + index }, files }));
    }
    const { rules, log } = await published({ inputPath: root, inputSubFolder: 'wishes', days: 3 });
    expect(rules).toBe(referenceRules(lines, {}));
    expect(lineCount(rules)).toBeGreaterThan(50);
    expect(log).toContain(`nothing to read for day ${dayInWords(DAY - 1)} under shop/wishes/: skipped`);
    expect(log.join('\n')).toContain(`shop/wishes/${DAY}/ already has 2 days: some days are read twice`);
  });

  test('is refused when it leads out of the client’s folder', async () => {
    const root = folderOf(['1 2']);
    const run = published({ inputPath: root, inputSubFolder: '../shop/basketanalysis' });
    await expect(run).rejects.toThrow('it has the segment ".."');
  });
});

test('the rules of real baskets are those of the reference, whatever the number of shards', async () => {
  const actions = realDays('onlineretail').flatMap(({ lines }) => lines.map(actionIn));
  const settings = { ...VISIT_DEFAULTS, maxIntraSessionGapSecs: 1800, addToBasketType: 1, removeFromBasketType: 2 };
  const lines = [...basketsPlainly(actions, settings).values()].flat();
  expect(lines.length).toBeGreaterThan(10_000);
  const ruleSettings = { minSupport: 0.007, maxItemSetSize: 4 };
  const root = folderOf(lines);
  const expected = referenceRules(lines, ruleSettings);
  expect(lineCount(expected)).toBeGreaterThan(1000);
  for (const shards of [...SHARDINGS, 'planned'] as const) {
    const { rules } = await published({ inputPath: root, ...ruleSettings }, shards);
    expectSameBytes(rules, expected, `part-00000, ${shards} shards, beside the reference`);
  }
});
