import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { clusterByDimension } from '../../../functions/cluster-by-dimension/job.ts';
import { judging as rules } from '../../../functions/fpgrowth/judge.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { judging as factors } from '../../../functions/matrix-factorization/judge.ts';
import { judging as similarities } from '../../../functions/similar-items/judge.ts';
import { tagAffinity } from '../../../functions/tagaffinity/job.ts';
import { judging as vectors } from '../../../functions/word2vec/judge.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { checkReadable } from '../../../shared/verdict/check-readable.ts';
import type { Counts, Judging } from '../../../shared/verdict/judging.ts';
import { ModelFile } from '../../../shared/verdict/model-file.ts';
import { filesOf } from './helpers.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

// biome-ignore lint/suspicious/noExplicitAny: each job's settings have a type of their own
async function reading(judging: Judging<any>, settings: object, counts: Counts, files: Files) {
  return checkReadable({ settings, counts }, judging.tables, await filesOf(files));
}

const USERS = '1|0.5,-1.25\n7|1.234e-05,0\n';
const ITEMS = '3|12345,-2\n';
const FACTORS: Files = {
  'userFeatures.txt': USERS,
  'userFeatures.txt.gz': gzipSync(USERS),
  'productFeatures.txt': ITEMS,
  'productFeatures.txt.gz': gzipSync(ITEMS),
};
const FACTOR_COUNTS = { users: 2, items: 1 };

const RULES = {
  maxItemSetSize: 3,
  minConfidence: 0.2,
  minInterest: 0.1,
  minLift: 0,
};
// With supports of 1/4 and 1/2, lift = confidence / support and interest = confidence - support.
const RULE_LINES =
  '{"itemset":[1,2],"item":3,"confidence":1,"lift":4,"interest":0.75}\n' +
  '{"itemset":[5],"item":1,"confidence":0.75,"lift":1.5,"interest":0.25}\n';

const clusters = clusterByDimension.judge!;
const tags = tagAffinity.judge!;

/** Maps each job to a correct output. */
const RIGHT = {
  factors: [factors, { rank: 2 }, FACTOR_COUNTS, FACTORS],
  vectors: [
    vectors,
    { vectorSize: 2, seed: 1 },
    { vocabulary: 2 },
    {
      'docvectors.txt': '-vectortype REAL -dimension 2\n8589934592|0.1|-2.5e-7\n4|1|2\n',
      'termvectors.txt': '-vectortype REAL -dimension 2\n',
    },
  ],
  similarities: [
    similarities,
    {},
    { similarities: 3 },
    {
      'part-00000': '{"item1":1,"item2":9,"sim":0.5}\n{"item1":1,"item2":2,"sim":0.25}\n',
      'part-00001': '{"item1":1,"item2":3,"sim":0.25}\n',
    },
  ],
  rules: [rules, RULES, { rules: 2 }, { 'part-00000': RULE_LINES }],
  clusters: [
    clusters,
    { delta: 0.1 },
    { written: 3 },
    {
      'part-00000':
        '{"user":1,"dim":2,"weight":0.5}\n{"user":1,"dim":7,"weight":0.25}\n{"user":4,"dim":2,"weight":1}\n',
    },
  ],
  tags: [
    tags,
    { minPcIncrease: 0.2 },
    { written: 3 },
    {
      'part-00000':
        '{"user":1,"tag":"ä","weight":2}\n{"user":1,"tag":"a","weight":2}\n{"user":4,"tag":"b","weight":0.25}\n',
    },
  ],
} as const;

test.each(Object.entries(RIGHT))('A correct output of %s passes', async (_, [judging, settings, counts, files]) => {
  const { finding, records } = await reading(judging as Judging<unknown>, settings, counts, files);
  expect(finding).toMatchObject({ result: 'passed', value: 0 });
  expect(records).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
});

/** The job, the file, the changed text, its replacement, and the check's answer. */
const WRONG: readonly (readonly [keyof typeof RIGHT, file: string, from: string, to: string, says: RegExp])[] = [
  ['factors', 'userFeatures.txt', '-1.25', 'NaN', /"NaN" is not a number of at most five digits/],
  ['factors', 'userFeatures.txt', '-1.25', 'Infinity', /is not a number of at most five digits/],
  ['factors', 'userFeatures.txt', '-1.25', '-1.23456', /not a number of at most five digits/],
  ['factors', 'userFeatures.txt', ',-1.25', '', /it has 1 factors and the rank is 2/],
  ['factors', 'userFeatures.txt', '7|', '1|', /id 1 does not come after id 1/],
  ['factors', 'userFeatures.txt', '1|', '-1|', /begin with an id/],
  ['factors', 'userFeatures.txt', ',0\n', ',0', /ends within a line/],
  ['factors', 'userFeatures.txt', USERS, '', /counts 2 user vectors, and there are 0/],
  ['factors', 'userFeatures.txt', '0.5', '0.25', /userFeatures.txt.gz does not hold the bytes/],
  ['factors', 'productFeatures.txt', ITEMS, ITEMS + ITEMS, /counts 1 item vectors, and there are 2/],
  ['vectors', 'docvectors.txt', 'dimension 2', 'dimension 3', /the header does not say/],
  ['vectors', 'docvectors.txt', '|2\n', '|NaN\n', /"NaN" is no finite number/],
  ['vectors', 'docvectors.txt', '|2\n', '\n', /it has 1 values and vectorSize is 2/],
  ['vectors', 'docvectors.txt', '4|1|2\n', '4|1|2', /ends within a line/],
  ['vectors', 'termvectors.txt', 'REAL', 'real', /the header does not say/],
  ['similarities', 'part-00000', '0.5}', '-0.5}', /sim is no similarity above zero/],
  ['similarities', 'part-00000', '0.25}', '0.75}', /does not come after/],
  ['similarities', 'part-00000', '"item2":9', '"item2":1', /not the smaller id/],
  ['similarities', 'part-00000', '"sim":0.5', '"sim":NaN', /it is not JSON/],
  ['similarities', 'part-00000', '"sim":0.5', '"sim":5e-1', /not written as JSON prints it/],
  ['similarities', 'part-00001', ':3,"sim"', ':3,"x":1,"sim"', /exactly the keys/],
  [
    'rules',
    'part-00000',
    RULE_LINES,
    RULE_LINES.split('\n').reverse().slice(1).join('\n').concat('\n'),
    /score is above/,
  ],
  ['rules', 'part-00000', '[1,2]', '[2,1]', /not ascending/],
  ['rules', 'part-00000', '[1,2]', '[1,2,4]', /more than 3 items/],
  ['rules', 'part-00000', '[1,2]', '[1,3]', /item is also in itemset/],
  ['rules', 'part-00000', '[1,2]', '[]', /no list of ids/],
  ['rules', 'part-00000', '"lift":4', '"lift":3', /do not agree/],
  ['rules', 'part-00000', '"confidence":1,', '"confidence":2,', /confidence is out of range/],
  ['clusters', 'part-00000', '"weight":0.5', '"weight":1.5', /weight is out of range/],
  ['clusters', 'part-00000', '"weight":0.5', '"weight":0.05', /weight is out of range/],
  ['clusters', 'part-00000', '"dim":7', '"dim":1', /does not come after/],
  ['clusters', 'part-00000', '"user":4', '"user":0', /user 0 comes after user 1/],
  ['clusters', 'part-00000', '"user":4', '"user":"4"', /user is no id/],
  ['tags', 'part-00000', '"tag":"b"', '"tag":""', /not what the catalogue has/],
  ['tags', 'part-00000', '"weight":0.25', '"weight":0.125', /weight is out of range/],
  ['tags', 'part-00000', '"user":4', '"user": 4', /not written as JSON prints it/],
];

test.each(WRONG)('A wrong output of %s fails: in %s, %j is changed to %j', async (job, file, from, to, says) => {
  const [judging, settings, counts, files] = RIGHT[job];
  const text = (files as Readonly<Record<string, string>>)[file]!;
  expect(text).toContain(from);
  const changed = { ...files, [file]: text.replace(from, to) };
  const { finding } = await reading(judging as Judging<unknown>, settings, counts, changed);
  expect(finding.result).toBe('failed');
  expect(finding.says).toMatch(says);
});

test('Missing files, bytes that are not UTF-8, and a damaged gzip are reported', async () => {
  const { 'userFeatures.txt.gz': _, ...without } = FACTORS;
  expect((await reading(factors, { rank: 2 }, FACTOR_COUNTS, without)).finding.says).toContain(
    'there is no userFeatures.txt.gz',
  );
  expect((await reading(factors, { rank: 2 }, FACTOR_COUNTS, {})).finding.says).toContain('there is no file with user');
  const latin1 = { 'part-00000': Buffer.from('{"user":1,"tag":"ä","weight":2}\n', 'latin1') };
  expect((await reading(tags, { minPcIncrease: 0 }, { written: 1 }, latin1)).finding.says).toContain('it is not UTF-8');
  for (const gzip of ['', 'no gzip at all, but longer than a header', gzipSync(ITEMS)]) {
    const torn = { ...FACTORS, 'userFeatures.txt.gz': gzip };
    expect((await reading(factors, { rank: 2 }, FACTOR_COUNTS, torn)).finding.says).toContain(
      'userFeatures.txt.gz does not hold the bytes of userFeatures.txt',
    );
  }
});

describe('large tables', () => {
  const LINES = 120_000;
  const lineOf = (id: number): string => `${id}|${(id % 9) + 1},-0.5\n`;
  const text = Array.from({ length: LINES }, (_, id) => lineOf(id)).join('');
  const { gzipOf: _, ...table } = factors.tables[0]!;
  const judged = { settings: matrixFactorization.settings.parse({ rank: 2 }), counts: { users: LINES } };
  const check = async (body: string, counts = judged.counts) =>
    checkReadable({ ...judged, counts }, [table], await filesOf({ 'userFeatures.txt': body }));

  test('A large table is sampled at eight places, 1,000 lines in total, and its lines are counted', async () => {
    expect(text.length).toBeGreaterThan(1 << 20);
    const { finding, sample, records } = await check(text);
    expect(finding.result).toBe('passed');
    expect(sample[0]?.lines.length).toBe(1000);
    expect(records).toBe(LINES);
    expect(sample[0]?.lines.slice(0, 2)).toEqual(['0|1,-0.5', '1|2,-0.5']);
  });

  test('The end of a large table and its number of lines are checked too', async () => {
    expect((await check(text.slice(0, -1))).finding.says).toContain('ends within a line');
    expect((await check(text + lineOf(LINES))).finding.says).toContain(
      `counts ${LINES} user vectors, and there are ${LINES + 1}`,
    );
    expect((await check(text.replaceAll('-0.5', 'NaN'))).finding).toMatchObject({ result: 'failed', value: 1000 });
  });

  test('A table in pieces has the same result as in one file', async () => {
    const store = new MemoryStore('/memory');
    const cuts = [0, 10, 11, 700_000, text.length];
    const pieces = cuts.slice(1).map((end, at) => ({ key: 'whole', start: cuts[at]!, end }));
    await store.put('whole', text);
    const file = await ModelFile.staged(store, { name: 'userFeatures.txt', pieces });
    expect(file.size).toBe(text.length);
    expect(new TextDecoder().decode(await file.read(5, 700_010))).toBe(text.slice(5, 700_010));
    const whole = await check(text);
    expect(await checkReadable(judged, [table], [file])).toEqual(whole);
  });
});
