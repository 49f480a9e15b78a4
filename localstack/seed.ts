/** Fills a developer's pipeline: configures a client of the test data, and copies its days. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smallDayOf } from '../functions/examples.ts';
import { JOBS } from '../functions/index.ts';
import { configNode } from '../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../shared/config/folder-config-root.ts';
import { UsageError } from '../shared/errors.ts';
import { SUCCESS } from '../shared/store/keys.ts';
import type { Store } from '../shared/store/store.ts';

export const ENVIRONMENT = 'dev';
export const CLIENT = 'onlineretail';
/** LocalStack's default port. */
export const DEVELOPER_PORT = 4566;

/** This file exists while a developer's pipeline runs, and says how to reach it. */
export const RUNNING = fileURLToPath(new URL('../.build/localstack-running.json', import.meta.url));

const LOGS = fileURLToPath(new URL('../test/data/onlineretail/logs/', import.meta.url));
const ITEMS = fileURLToPath(new URL('../test/data/onlineretail/items.ndjson.gz', import.meta.url));
/** The key of the items below the output root, where functions may read. */
const CATALOGUE = '_catalogue/items.ndjson.gz';

/** Writes a node for every job of the client, and the items for the jobs that read them. @param root of the configuration */
export async function seedConfiguration(root: Store, outputs: Store): Promise<string[]> {
  await using nodes = new FolderConfigRoot(root);
  await outputs.put(CATALOGUE, readFileSync(ITEMS));
  const jobs = JOBS.filter((job) => job.scope === 'client');
  for (const job of jobs) {
    const settings = await smallDayOf(job, { itemsPath: `${outputs.root}/${CATALOGUE}` });
    await nodes.create(configNode(CLIENT, job.name), JSON.stringify(settings));
  }
  return jobs.map(({ name }) => name);
}

/**
 * Copies a day's logs to the place where a deployed pipeline looks for them. The marker comes last and starts the day.
 *
 * @param date `yyyy-mm-dd` or `yyyymmdd`
 * @returns the keys written
 * @throws UsageError for a date that the test data does not have
 */
export async function dropDay(logs: Store, date: string): Promise<string[]> {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(date) ?? [];
  const folder = `actions.${year}/${month}${day}`;
  if (year === undefined || !existsSync(join(LOGS, folder))) {
    throw new UsageError(`there are no logs of '${date}' in ${LOGS}: give a date such as 2011-12-08`);
  }
  const keys: string[] = [];
  for (const entry of readdirSync(join(LOGS, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const key = path.slice(LOGS.length);
    await logs.put(key, readFileSync(path));
    keys.push(key);
  }
  await logs.put(`${folder}/${SUCCESS}`, '');
  return [...keys, `${folder}/${SUCCESS}`];
}
