/**
 * Item similarity: the job is compared with its reference on real data, the error of DIMSUM is measured, and runs fill the
 * table of a real MariaDB.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { similarItems } from '../../functions/similar-items/job.ts';
import { uniform, writeActionLines, writeActions } from '../../shared/example/actions.ts';
import type { ReadAction } from '../../shared/shuffle/user-actions.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';
import { runInMemory } from '../helpers/memory-run.ts';
import { offline, offlineSummary } from '../helpers/offline.ts';
import { actionIn, type RealData, realDays } from '../helpers/real-actions.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { DEFAULTS, linesOf, type SimilarityOptions, similarities } from '../reference/similarity.ts';
import { DAY, similarItemsOver, storeOf } from '../unit/similar-items/in-shards.ts';

const SHARDINGS = [1, 2, 7];

describe.each<[RealData, number]>([
  ['onlineretail', 14],
  ['movietweetings', 100],
])('On the last days of %s', (data, count) => {
  const root = temporaryFolder();
  let actions: ReadAction[];
  let last: number;

  beforeAll(() => {
    const read = realDays(data).slice(-count);
    for (const { day, lines } of read) writeActionLines(root, 'shop', day, lines);
    actions = read.flatMap(({ lines }) => lines.map(actionIn));
    last = read.at(-1)!.day;
  });

  test.each<[string, Partial<SimilarityOptions>]>([
    ['exact similarities', { dimsumThreshold: 0, minUsersPerItem: 3, limit: 20 }],
    ['similarities by session', { unit: 'session', dimsumThreshold: 0, minUsersPerItem: 2, limit: 20 }],
    ['estimates by DIMSUM', { dimsumThreshold: 2, minUsersPerItem: 3, limit: 20, seed: 4 }],
  ])('%s are those of the reference in 1, 2 and 7 shards', { timeout: 60_000 }, async (_name, options) => {
    const found = similarities(actions, { ...DEFAULTS, ...options });
    expect(found.length).toBeGreaterThan(3_000);
    const expected = linesOf(found);
    for (const shards of SHARDINGS) {
      const settings = { inputPath: root, days: 1000, ...options };
      const { files, counts, computed } = await runInMemory(similarItems, last, settings, shards);
      expectSameBytes(files.get('part-00000')!, expected, `part-00000, ${shards} shards, beside the reference`);
      expect(counts).toMatchObject({ lines: actions.length, rejected: 0, similarities: found.length });
      if (shards === 7) for (const step of ['pair', 'compare', 'select', 'format']) expect(computed[step]).toBe(7);
    }
  });
});

describe('DIMSUM at the default threshold', () => {
  /** Actions of 4,000 users on 60 items in six groups. Each user has most items of one group and some of the others. */
  function popularActions(): ReadAction[] {
    const random = uniform(17);
    const actions: ReadAction[] = [];
    for (let user = 1; user <= 4000; user++) {
      const group = Math.floor(6 * random());
      for (let item = 0; item < 60; item++) {
        const share = item % 6 === group ? 0.8 : 0.12;
        if (random() < share) actions.push({ user, item: item + 1, type: 1, timeMs: Date.UTC(2011, 11, 9) });
      }
    }
    return actions;
  }

  // γ = 10 ln(60) / 0.1 = 409, and an item has about 930 users, so an item is drawn with probability √(409/930) = 0.66 and a
  // pair with 0.44.
  test('has a mean error below 5 % and a root mean square error below 25 % where the cosine is at least 0.2', {
    timeout: 30_000,
  }, async () => {
    const actions = popularActions();
    const exact = new Map(
      similarities(actions, { ...DEFAULTS, dimsumThreshold: 0 }).map(({ item1, item2, sim }) => [
        `${item1} ${item2}`,
        sim,
      ]),
    );
    const store = await storeOf(actions);
    for (const seed of [1, 2, 3]) {
      const { text } = await similarItemsOver(store, { seed }, 2);
      const errors: number[] = [];
      let differing = 0;
      for (const line of text.trimEnd().split('\n')) {
        const { item1, item2, sim } = JSON.parse(line);
        const cosine = exact.get(`${item1} ${item2}`)!;
        if (sim !== cosine) differing++;
        if (cosine >= 0.2) errors.push(sim / cosine - 1);
      }
      expect(errors.length).toBeGreaterThan(200);
      expect(differing).toBeGreaterThan(errors.length / 2);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean(errors)), `mean, seed ${seed}`).toBeLessThan(0.05);
      expect(Math.sqrt(mean(errors.map((error) => error ** 2))), `rms, seed ${seed}`).toBeLessThan(0.25);
    }
  });
});

describe('With a database', () => {
  const server = useMariaDb();
  const CANARY = 'p&ss w=rd%+ü';
  const input = temporaryFolder();
  const args = (output: string, ...more: string[]) => [
    ...['run', 'similar-items', '--client', 'shop', '--start-day', String(DAY), '--input-path', input],
    ...['--output-path', output, ...more],
  ];

  beforeAll(async () => {
    writeActions(input, 'shop', DAY, { users: 120, items: 60, actions: 6_000, parts: 3, firstId: 2 ** 33 });
    await server().create('shop');
    await server().create('other');
  });

  const rowsIn = (database: string): Promise<number[][]> =>
    withSql(server(), database, async (connection) => {
      const [rows] = await connection.query(
        'SELECT item_id, item_id2, score FROM item_similarity ORDER BY 1, 3 DESC, 2',
      );
      return (rows as Record<string, number>[]).map(({ item_id, item_id2, score }) => [item_id!, item_id2!, score!]);
    });
  const rowsPublished = (output: string): number[][] =>
    readFileSync(join(output, 'shop/item-similarity', String(DAY), 'part-00000'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => Object.values(JSON.parse(line) as Record<string, number>));

  test('the table has the published rows, a lost table is filled again, and another database gets the same rows', async () => {
    const output = temporaryFolder();
    const config = join(temporaryFolder(), 'similar-items.json');
    writeFileSync(config, JSON.stringify({ jdbc: 'secret:shop/database', dimsumThreshold: 0 }));
    const env = { SECRET_SHOP_DATABASE: server().jdbc('shop') };
    const first = await offlineSummary(args(output, '--config', config), { env });
    expect(first.manifest.counts.similarities).toBeGreaterThan(1000);
    expect(await rowsIn('shop')).toEqual(rowsPublished(output));

    const steps = async (jdbc: string) =>
      (await offlineSummary(args(output, '--config', config), { env: { SECRET_SHOP_DATABASE: jdbc } })).steps.map(
        ({ step }) => step,
      );
    await runSql(server(), 'shop', ['DROP TABLE item_similarity']);
    expect(await steps(server().jdbc('shop'))).toEqual(['configure', 'verdict', 'publish', 'upload']);
    expect(await rowsIn('shop')).toEqual(rowsPublished(output));
    expect(await steps(server().jdbc('other'))).toEqual(['configure', 'verdict', 'publish', 'upload']);
    expect(await rowsIn('other')).toEqual(rowsPublished(output));
  });

  test('a missing database fails the run before its first step, and a run without a database succeeds', async () => {
    const output = temporaryFolder();
    const refused = `jdbc:mysql://127.0.0.1:${server().port}/nowhere?user=offline&password=${encodeURIComponent(CANARY)}`;
    const ended = await offline(args(output, '--set', `jdbc=${refused}`));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('step configure');
    expect(ended.stderr).toContain("Unknown database 'nowhere'");
    expect(ended.stderr).toContain('check the name of the database');
    expect(readdirSync(output)).not.toContain('shop');
    const summary = await offlineSummary(args(output));
    expect(summary.alreadyDone).toBe(false);
  });

  test('a run of an older day succeeds without an upload and says why, the first time and when it is repeated', async () => {
    const output = temporaryFolder();
    await server().create('newer');
    const set = ['--set', `jdbc=${server().jdbc('newer')}`];
    await offlineSummary(args(output, ...set));
    const live = await rowsIn('newer');
    writeActions(input, 'shop', DAY - 1, { users: 100, items: 50, actions: 2_000, parts: 1, firstId: 2 ** 33 });
    const older = args(output, ...set);
    older[older.indexOf('--start-day') + 1] = String(DAY - 1);
    for (const alreadyDone of [false, true]) {
      const summary = await offlineSummary(older);
      const why = expect.stringContaining('newer than this run');
      expect(summary).toMatchObject({ alreadyDone, activated: null, notActivated: why });
      expect(summary.warnings.join('\n')).toContain('not activated: ');
      expect(await rowsIn('newer')).toEqual(live);
    }
  });

  /** Returns a configuration folder whose node of the job names the database. */
  function configFor(database: string, output: string): string {
    const node = { jdbc: server().jdbc(database), outputPath: output, inputPath: input };
    return configFolderWith({ 'all_clients/shop/offline/similar-items': JSON.stringify(node) });
  }

  test('a held table is not replaced until it is released', async () => {
    const output = temporaryFolder();
    await server().create('held');
    const root = configFor('held', output);
    const withRoot = ['similar-items', '--client', 'shop', '--config-root', root];
    const runOnce = () => offlineSummary(['run', ...withRoot, '--start-day', String(DAY)]);
    expect((await offline(['hold', ...withRoot, '--because', 'a sale'])).status).toBe(0);
    const held = await runOnce();
    expect(held).toMatchObject({ activated: null, notActivated: expect.stringMatching(/held since .* \(a sale\)/) });
    expect(await rowsIn('held')).toEqual([]);
    expect((await offline(['release', ...withRoot])).status).toBe(0);
    const released = await runOnce();
    expect(released.notActivated).toBeNull();
    expect(released.steps.map(({ step }) => step)).toContain('upload');
    expect(await rowsIn('held')).toEqual(rowsPublished(output));
    const models = await offline(['models', '--client', 'shop', '--config-root', root, '--json']);
    expect(JSON.parse(models.stdout)).toMatchObject([{ job: 'similar-items', live: { day: DAY, run: released.run } }]);
  });

  test('a rollback puts the rows of the version before into the table, and the next run does not replace them', async () => {
    const output = temporaryFolder();
    await server().create('back');
    const withRoot = ['similar-items', '--client', 'shop', '--config-root', configFor('back', output)];
    const runWith = (limit: number) =>
      offlineSummary(['run', ...withRoot, '--start-day', String(DAY), '--set', `limit=${limit}`]);
    const first = await runWith(5);
    const rows = await rowsIn('back');
    const second = await runWith(50);
    expect(await rowsIn('back')).not.toEqual(rows);
    const told = await offline(['rollback', ...withRoot, '--because', 'too many', '--json']);
    expect(JSON.parse(told.stdout)).toMatchObject({
      live: { run: first.run },
      previous: { run: second.run },
      hold: { because: 'too many' },
    });
    expect(await rowsIn('back')).toEqual(rows);
    expect(await runWith(20)).toMatchObject({ notActivated: expect.stringContaining('too many') });
    expect(await rowsIn('back')).toEqual(rows);
  });

  test('neither the output nor any file has the password', async () => {
    const output = temporaryFolder();
    const ended = await offline(args(output, '--set', `jdbc=${server().jdbc('shop')}`, '--json'));
    expect(ended.status).toBe(0);
    const secrets = [CANARY, encodeURIComponent(CANARY)];
    const written = filesBelow(output).map((path) => readFileSync(join(output, path), 'latin1'));
    expect(written.length).toBeGreaterThan(10);
    for (const secret of secrets) {
      for (const text of [...written, ended.stdout, ended.stderr]) expect(text.includes(secret)).toBe(false);
    }
    expect((JSON.parse(ended.stdout) as { warnings: string[] }).warnings.join()).toContain('jdbc holds a password');
  });
});
