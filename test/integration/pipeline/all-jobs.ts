/**
 * All jobs of a day: two clients with a node for each job. The items of one come from a database by a secret address, and
 * its similarities go into another database; the items of the other come from a file in S3.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, expect, test } from 'vitest';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { runLocally } from '../../../cli/local/run-job.ts';
import { smallDayOf } from '../../../functions/examples.ts';
import { JOBS } from '../../../functions/index.ts';
import { matrixFactorization } from '../../../functions/matrix-factorization/job.ts';
import { dayOrder, readFrom } from '../../../shared/job/day-order.ts';
import type { ExampleSettings } from '../../../shared/job/example.ts';
import { runDayLocally } from '../../helpers/local-day.ts';
import { clientOptions } from '../../helpers/localstack.ts';
import { runSql, withSql } from '../../helpers/mariadb.ts';
import { type PipelineOutside, publishedLocally, type StateEntered } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { type Cell, CREATE_ITEM_TABLES, type TableRows } from '../../helpers/seldon-tables.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** 2011-12-01, a day with 2,216 lines. */
const DAY = 15_309;
const ITEMS = gunzipSync(readFileSync(new URL('../../data/onlineretail/items.ndjson.gz', import.meta.url)));
const ITEMS_KEY = '_catalogue/items.ndjson';
const WITHIN_MS = 300_000;

const CLIENT_JOBS = dayOrder(JOBS)
  .flat()
  .filter((job) => job.scope === 'client');
const CLIENTS = ['harbour', 'hill'] as const;
/** The name of a secret that the role of the environment may read. */
const SECRET = 'offline-it/harbour/database';

/** Returns the rows of a serving database with the items of the file. */
function tablesOf(lines: readonly string[]): TableRows {
  const attributes = ['category', 'price_band'];
  const values = attributes.map(() => new Map<string, number>());
  const rows: Record<'items' | 'item_attr' | 'item_map_varchar' | 'item_map_enum' | 'dimension', Cell[][]> = {
    items: [],
    item_attr: [[1, 'tags', 'VARCHAR', 1], ...attributes.map((name, index) => [2 + index, name, 'ENUM', 1])],
    item_map_varchar: [],
    item_map_enum: [],
    dimension: [],
  };
  for (const line of lines) {
    const { itemid, dimensions, tags } = JSON.parse(line);
    rows.items.push([itemid, `i${itemid}`, 1]);
    for (const [position, tag] of tags.entries()) rows.item_map_varchar.push([itemid, 1, tag, position]);
    for (const [index, name] of attributes.entries()) {
      const value = dimensions[name];
      if (value === undefined) continue;
      const numbers = values[index]!;
      if (!numbers.has(value)) numbers.set(value, numbers.size);
      rows.item_map_enum.push([itemid, 2 + index, numbers.get(value)!]);
    }
  }
  let dimension = 1;
  for (const [index, numbers] of values.entries()) {
    for (const number of numbers.values()) rows.dimension.push([dimension++, 1, 2 + index, number]);
  }
  return rows;
}

export function allJobsSuite(pipeline: () => PipelineOutside): void {
  const logs = temporaryFolder();
  let jdbc: string;
  let itemsPath: string;
  /** The output of a local run of the day. */
  const output = temporaryFolder();

  /**
   * Returns the configuration of each job, by name.
   * @param catalogue settings that say where the items are @param upload settings for a job that fills a table
   * @param fold `never` for a client whose runs fan out
   */
  async function configsOf(
    catalogue: ExampleSettings,
    upload: ExampleSettings,
    fold = 'auto',
  ): Promise<Record<string, string>> {
    const configs: Record<string, string> = {};
    for (const job of CLIENT_JOBS) {
      const settings = { ...(await smallDayOf(job, catalogue)), fold };
      configs[job.name] = JSON.stringify(job.afterPublish === undefined ? settings : { ...settings, ...upload });
    }
    return configs;
  }

  beforeAll(async () => {
    const { deployed } = pipeline();
    const { mariaDb, emulator, outputs } = deployed;
    jdbc = await mariaDb.create('shop');
    await runSql(mariaDb, 'shop', CREATE_ITEM_TABLES);
    await withSql(mariaDb, 'shop', async (connection) => {
      for (const [table, rows] of Object.entries(tablesOf(ITEMS.toString().trimEnd().split('\n')))) {
        await connection.query('INSERT INTO ?? VALUES ?', [table, rows]);
      }
    });
    await mariaDb.create('serving');
    itemsPath = `${outputs.OutputRoot}/${ITEMS_KEY}`;
    await pipeline().outputs.put(ITEMS_KEY, ITEMS);
    const secrets = new SecretsManagerClient(clientOptions(emulator));
    await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: jdbc }));
    secrets.destroy();

    const configs = {
      harbour: await configsOf({ jdbc: `secret:${SECRET}` }, { jdbc: mariaDb.jdbc('serving') }),
      hill: await configsOf({ itemsPath }, {}, 'never'),
    };
    for (const client of CLIENTS) {
      for (const [job, text] of Object.entries(configs[client])) await pipeline().configure(client, job, text);
    }
    const lines = linesOfDay(DAY, CLIENTS);
    await pipeline().putLogs(
      logs,
      CLIENTS.map((client) => writeLog(logs, DAY, client, lines.get(client)!)),
    );
    await pipeline().mark(DAY);
  }, WITHIN_MS);

  const executionsOfDay = async (job: string) => {
    const executions = await pipeline().executions(job);
    const ended = await Promise.all(executions.map(({ executionArn }) => pipeline().ended(executionArn as string)));
    return ended
      .map(({ input = '', executionArn, startDate, stopDate }) => ({
        input: JSON.parse(input),
        executionArn,
        startDate,
        stopDate,
      }))
      .filter(({ input }) => input.settings?.startDay === DAY);
  };

  test(
    'all jobs of both clients succeed, and every runtime node has the location of its model',
    async () => {
      const end = await pipeline().dayEnded(DAY);
      expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
      for (const client of CLIENTS) {
        for (const { activates } of CLIENT_JOBS) {
          if (activates === undefined) continue;
          expect(await pipeline().activeModel(client, activates)).toBe(pipeline().locationOf(client, activates, DAY));
        }
      }
    },
    WITHIN_MS,
  );

  test('the day of one client is folded, without executions of its jobs, and that of the other one is fanned out', async () => {
    for (const { name } of CLIENT_JOBS) {
      expect((await executionsOfDay(name)).map(({ input }) => input.client)).toEqual(['hill']);
    }
  });

  test('a job that is fanned out begins after the jobs whose output it reads have ended', async () => {
    const pairs = CLIENT_JOBS.flatMap((reader) => readFrom(reader, CLIENT_JOBS).map((writer) => [reader, writer]));
    expect(pairs.length).toBeGreaterThanOrEqual(2);
    for (const [reader, writer] of pairs) {
      const [[read], [written]] = [await executionsOfDay(reader!.name), await executionsOfDay(writer!.name)];
      expect(Number(read?.startDate), `${reader!.name} after ${writer!.name}`).toBeGreaterThanOrEqual(
        Number(written?.stopDate),
      );
    }
  });

  test(
    'every published file is the same as in a local run, with items from a file and from a database',
    async () => {
      await runDayLocally({
        logs,
        day: DAY,
        output,
        clients: {
          harbour: await configsOf({ jdbc: `secret:${SECRET}` }, {}),
          hill: await configsOf(
            { itemsPath: new URL('../../data/onlineretail/items.ndjson.gz', import.meta.url).pathname },
            {},
          ),
        },
        env: { SECRET_OFFLINE_IT_HARBOUR_DATABASE: jdbc },
      });
      const prefixes = CLIENTS.map((client) => `${client}/`);
      const expected = publishedLocally(output, ...prefixes);
      for (const client of CLIENTS) {
        for (const { writes } of CLIENT_JOBS) {
          const files = [...expected].filter(([key]) => key.startsWith(`${client}/${writes}/${DAY}/`));
          const written = files.filter(([key, text]) => !/\/_[^/]*$/.test(key) && text !== '');
          expect(written.length, `${client} has no ${writes}`).toBeGreaterThan(0);
        }
      }
      expectSameFiles(await pipeline().published(...prefixes), expected, 'deployed, beside a local run');
    },
    WITHIN_MS,
  );

  test('the machine of a job that is fanned out entered the states of a local run', async () => {
    await using pool = new WorkerPool(1, 2048);
    const states: StateEntered[] = [];
    const { activate: _, ...settings } = await smallDayOf(matrixFactorization, {});
    const input = {
      client: 'hill',
      requestedAt: '2026-01-01T00:00:00Z',
      settings: { ...settings, startDay: DAY, inputPath: output, outputPath: temporaryFolder() },
    };
    await runLocally(matrixFactorization, input, pool, {
      step: (state, items) => void states.push(items === undefined ? { state } : { state, items }),
    });
    const [fannedOut] = await executionsOfDay(matrixFactorization.name);
    expect(await pipeline().statesEntered(fannedOut?.executionArn as string)).toEqual(states);
  });

  test('the table of the client with a database has the published similarities', async () => {
    const files = await pipeline().published(`harbour/item-similarity/${DAY}/part-`);
    const lines = [...files.values()].flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
    const [rows] = await withSql(pipeline().deployed.mariaDb, 'serving', (connection) =>
      connection.query('SELECT item_id, item_id2, score FROM item_similarity ORDER BY item_id, item_id2'),
    );
    const expected = lines
      .map(({ item1, item2, sim }) => ({ item_id: item1, item_id2: item2, score: sim }))
      .sort((a, b) => a.item_id - b.item_id || a.item_id2 - b.item_id2);
    expect(rows).toEqual(expected);
  });
}
