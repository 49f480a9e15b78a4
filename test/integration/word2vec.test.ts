/** word2vec: the job's vectors are compared with the reference's, on hostile sessions and on real ones. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { word2vec } from '../../functions/word2vec/job.ts';
import { uniform } from '../../shared/example/actions.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import type { Settings } from '../helpers/memory-run.ts';
import { offline } from '../helpers/offline.ts';
import { actionIn, realDays } from '../helpers/real-actions.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { textAt } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { sessionsPlainly } from '../reference/sessions.ts';
import { VISIT_DEFAULTS } from '../reference/visits.ts';
import { type PlainWord2vec, trainPlainly } from '../reference/word2vec.ts';

const DAY = 15_317;
const DEFAULTS: PlainWord2vec = {
  seed: 5,
  vectorSize: 10,
  window: 4,
  minWordCount: 5,
  learningRate: 0.05,
  iterations: 2,
  partitions: 1,
  rounds: 3,
  sharedPath: true,
};

/** Writes sessions of the day to files, the last of which is gzip. Returns the input root. */
function writeSessions(files: readonly (readonly string[])[]): string {
  const root = temporaryFolder();
  const folder = join(root, 'shop', 'sessionitems', String(DAY));
  mkdirSync(folder, { recursive: true });
  for (const [part, lines] of files.entries()) {
    const text = lines.map((line) => `${line}\n`).join('');
    const isLast = part === files.length - 1;
    writeFileSync(join(folder, `part-0000${part}${isLast ? '.gz' : ''}`), isLast ? gzipSync(text) : text);
  }
  return root;
}

const cloudOver = (inputPath: string, settings: Settings) =>
  new JobCloud({ job: word2vec, client: 'shop', day: DAY, settings: { inputPath, ...settings } });

async function run(inputPath: string, settings: Settings, shards = 2) {
  const cloud = cloudOver(inputPath, settings);
  await cloud.run({ shards });
  const read = (name: string) => textAt(cloud.output, `shop/word2vec/${DAY}/${name}`);
  const { counts } = JSON.parse(await read('_SUCCESS')) as { counts: Readonly<Record<string, number>> };
  return { text: await read('docvectors.txt'), termvectors: await read('termvectors.txt'), counts };
}

/** Reads a file of vectors: a header with the dimension, then lines `<item>|<v1>|<v2>|…`. */
function vectorsIn(text: string): Map<number, number[]> {
  const [header, ...lines] = text.trimEnd().split('\n');
  const dimension = Number(/^-vectortype REAL -dimension (\d+)$/.exec(header!)![1]);
  const rows = lines.map((line): [number, number[]] => {
    const [item, ...values] = line.split('|').map(Number);
    expect(values).toHaveLength(dimension);
    return [item!, values];
  });
  return new Map(rows);
}

/** Asserts that the items are the same in the same order, and that the vectors differ by no more than single precision. */
function expectVectors(text: string, expected: Map<number, number[]>): void {
  const vectors = vectorsIn(text);
  expect([...vectors.keys()]).toEqual([...expected.keys()]);
  const size = (vector: readonly number[]) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (const [item, vector] of vectors) {
    const wanted = expected.get(item)!;
    // The steps of the sigmoid's table are at most 0.003. Near a step, rounding may choose the neighbouring entry.
    expect(size(vector.map((value, f) => value - wanted[f]!)) / size(wanted), `item ${item}`).toBeLessThan(0.002);
  }
}

describe('On hostile sessions', () => {
  const sessions: number[][] = [];
  let input: string;

  beforeAll(() => {
    const random = uniform(9);
    const below = (limit: number) => Math.floor(limit * random());
    for (let session = 0; session < 300; session++) {
      const theme = 2 ** 33 + 8 * below(5);
      sessions.push(Array.from({ length: 1 + below(9) }, () => theme + below(9)));
    }
    const cutAt1000Words = Array.from({ length: 2_345 }, (_, index) => 2 ** 33 + (index % 9));
    const oneItemOnly = Array.from({ length: 30 }, () => 2 ** 33 + 3);
    sessions.splice(40, 0, cutAt1000Words);
    sessions.splice(90, 0, oneItemOnly);
    // These items have equal counts, so their names decide the order.
    sessions.splice(120, 0, [9, 10, 2 ** 53 - 1], [9, 10, 2 ** 53 - 1], [10, 2 ** 53 - 1, 9]);
    sessions.splice(121, 0, [10, 9, 9, 10], [2 ** 53 - 1, 2 ** 53 - 1]);
    // The items 77, 78 and 79 are too rare.
    sessions.splice(150, 0, [77], [78, 2 ** 33], [79]);
    const lines = sessions.map((session) => session.join(' '));
    const bad = ['1  2', '5 x', '9007199254740993', ' 7', '-1', '1,2'];
    const files = [lines.slice(0, 100), [...bad, ...lines.slice(100, 200)], lines.slice(200)];
    input = writeSessions(files);
  });

  describe.each([
    { partitions: 1, sharedPath: true },
    { partitions: 1, sharedPath: false },
    { partitions: 7, sharedPath: true },
    { partitions: 7, sharedPath: false },
  ])('with $partitions partitions and sharedPath $sharedPath', (form) => {
    test('the vectors are those of the reference and do not depend on the shards', async () => {
      const settings = { ...DEFAULTS, ...form };
      const { text, termvectors, counts } = await run(input, { ...settings });
      expectVectors(text, trainPlainly(sessions, settings));
      expect(termvectors).toBe('-vectortype REAL -dimension 10\n');
      expect(counts).toMatchObject({
        lines: sessions.length + 6,
        rejected: 6,
        sessions: sessions.length,
        learningRateHalvings: 0,
      });
      for (const shards of [1, 7]) {
        const again = await run(input, { ...settings }, shards);
        expectSameBytes(again.text, text, `the vectors, ${shards} shards beside the plan`);
      }
    });
  });

  test('items of equal counts are ordered by their names as text', async () => {
    const { text } = await run(input, { ...DEFAULTS });
    const tied = [...vectorsIn(text).keys()].filter((item) => item < 100 || item > 2 ** 40);
    expect(tied).toEqual([10, 9, 2 ** 53 - 1]);
  });

  test('the number of rounds changes no bit with one partition, and another seed does', async () => {
    const { text } = await run(input, { ...DEFAULTS, rounds: 1 });
    expectSameBytes((await run(input, { ...DEFAULTS, rounds: 5 })).text, text, 'the vectors, 5 rounds beside 1');
    expect((await run(input, { ...DEFAULTS, rounds: 5, seed: 6 })).text).not.toBe(text);
  });

  test('a rate at which the partitions diverge is halved, and the manifest counts the halvings', async () => {
    const { counts, text } = await run(input, {
      ...DEFAULTS,
      partitions: 7,
      learningRate: 1,
      iterations: 30,
      minWordCount: 1,
    });
    expect(counts.learningRateHalvings).toBeGreaterThan(0);
    for (const vector of vectorsIn(text).values()) for (const value of vector) expect(value).not.toBeNaN();
  });

  test('an empty vocabulary is refused, and nothing is published', async () => {
    const cloud = cloudOver(input, { minWordCount: 100_000 });
    await expect(cloud.run()).rejects.toThrow(/vocabulary would be empty.*Lower minWordCount/s);
    expect(await cloud.published()).toEqual({});
  });

  test('the run fails when the share of rejects is above maxRejectRatio', async () => {
    const run = cloudOver(input, { maxRejectRatio: 0.01 }).run();
    await expect(run).rejects.toThrow(/6 of \d+ lines were rejected/);
  });

  test('more rounds than the history of an execution can hold are refused', async () => {
    const run = cloudOver(input, { iterations: 50, rounds: 7, minWordCount: 5 }).run();
    await expect(run).rejects.toThrow(/Lower rounds to 6, or iterations/);
  });
});

describe('On real sessions', () => {
  let lines: string[];

  beforeAll(() => {
    const actions = realDays('movietweetings')
      .slice(0, 12)
      .flatMap((day) => day.lines.map(actionIn));
    lines = [...sessionsPlainly(actions, { ...VISIT_DEFAULTS, allowedTypes: [] }).values()].flat();
  });

  test.each([{ partitions: 1 }, { partitions: 4 }])(
    '$partitions partitions give the reference’s vectors',
    async (form) => {
      const settings = { ...DEFAULTS, ...form, vectorSize: 20, iterations: 1 };
      const half = Math.floor(lines.length / 2);
      const { text, counts } = await run(writeSessions([lines.slice(0, half), lines.slice(half)]), { ...settings });
      expect(counts.vocabulary).toBeGreaterThan(100);
      expectVectors(
        text,
        trainPlainly(
          lines.map((line) => line.split(' ').map(Number)),
          settings,
        ),
      );
    },
  );

  test('the command line trains and reports its rounds', async () => {
    const ended = await offline([
      ...['run', 'word2vec', '--client', 'shop', '--start-day', String(DAY)],
      ...['--input-path', writeSessions([lines, []]), '--output-path', temporaryFolder()],
      ...['--set', 'minWordCount=5', '--set', 'partitions=3', '--json'],
    ]);
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/epoch 1 of 1, round 8 of 8/);
  });
});
