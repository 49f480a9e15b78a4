/** The jobs on a shop's day (`shop.ts`): the settings each is run with, and the files each reads. */
import { existsSync } from 'node:fs';
import { exampleOf, needsCatalogue } from '../../functions/examples.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { configNode } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { readFrom } from '../../shared/job/day-order.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import { logsPattern } from './logs.ts';
import { madeOnce } from './made-once.ts';
import type { SizeName } from './matrix.ts';
import { runNode } from './measure.ts';
import { groupActions, type JobSettings, type MeasuredRun, type PoolOptions, runJob } from './offline.ts';
import { CLIENT, DAY } from './places.ts';
import type { ShopRun } from './shop.ts';

/** Actions of a day at each size. */
export const SHOP_SIZES = { s: 1_000_000, m: 5_000_000, l: 10_000_000 } as const satisfies Record<SizeName, number>;

/** Raise it when the generator changes: data of another version are made anew. */
const VERSION = 1;

export interface Shop {
  readonly folder: string;
  readonly actions: number;
}

/** Whether the files a job reads are compressed. */
export type Packing = 'plain' | 'gzip';

/** The jobs of a day that run for a client, in the order of the registry. */
export const SHOP_JOBS: readonly string[] = JOBS.filter(({ scope }) => scope === 'client').map(({ name }) => name);
/** The job that groups raw logs. */
export const GROUPING = 'group-actions';
export const DAY_JOBS: readonly string[] = [GROUPING, ...SHOP_JOBS];

/** Returns the job folder that `job` reads: the first of several is the one that its default settings lead to. */
const folderReadBy = (job: string): string => jobNamed(job).inputs.folders[0]!;

/** Returns the job that writes what `job` reads; undefined for a job that reads grouped actions. */
function sourceOf(job: string): string | undefined {
  const [source] = readFrom(jobNamed(job), JOBS, [folderReadBy(job)]);
  return source?.name === GROUPING ? undefined : source?.name;
}

/** The raw logs and the catalogue of a day of so many actions, made once. */
export async function shopOf(actions: number): Promise<Shop> {
  const run = (folder: string): ShopRun => ({ folder, actions, gzip: true });
  const folder = await madeOnce(`shop-${actions}-${VERSION}`, (draft) => runNode('generate-shop', run(draft)));
  return { folder, actions };
}

/** As `--input-path-pattern` has them. */
export async function shopLogs({ folder, actions }: Shop, packing: Packing): Promise<string> {
  const logs = `${folder}/${packing === 'gzip' ? 'logs' : 'plain-logs'}`;
  if (!existsSync(logs)) await runNode('generate-shop', { folder, actions, gzip: false } satisfies ShopRun);
  return logsPattern(logs);
}

export const groupShop = async (shop: Shop, packing: Packing, output: string, pool: PoolOptions) =>
  groupActions(await shopLogs(shop, packing), output, packing === 'gzip', pool);

/** The root that a job reads from. What other jobs have to write there is written once. */
export async function inputOf(shop: Shop, job: string, packing: Packing): Promise<string> {
  const source = sourceOf(job);
  const root = `${shop.folder}/${source ?? 'actions'}-${packing}`;
  if (existsSync(`${root}/${readFolder(job)}_SUCCESS`)) return root;
  process.stderr.write(`bench: making ${root}\n`);
  if (source === undefined) await groupActions(await shopLogs(shop, 'gzip'), root, packing === 'gzip', { workers: 2 });
  else await runShopJob(shop, source, packing, root, { workers: 2 });
  return root;
}

/** The folder below it in which the files lie. */
export const inputFolderOf = async (shop: Shop, job: string, packing: Packing): Promise<string> =>
  `${await inputOf(shop, job, packing)}/${readFolder(job)}`;

const readFolder = (job: string): string => dayFolder(CLIENT, folderReadBy(job), DAY);

/** Runs a job into `output`, which is emptied before. */
export async function runShopJob(
  shop: Shop,
  job: string,
  packing: Packing,
  output: string,
  pool: PoolOptions,
  more: JobSettings = {},
): Promise<MeasuredRun> {
  const settings = { ...(await settingsOf(shop, job)), ...more };
  return runJob(job, await inputOf(shop, job, packing), output, settings, pool);
}

/** The same for grouping too. */
export const runDayJob = (
  shop: Shop,
  job: string,
  packing: Packing,
  output: string,
  pool: PoolOptions,
  more: JobSettings = {},
): Promise<MeasuredRun> =>
  job === GROUPING ? groupShop(shop, packing, output, pool) : runShopJob(shop, job, packing, output, pool, more);

/** Returns what a client's node would hold. */
export async function settingsOf({ folder }: Shop, job: string): Promise<JobSettings> {
  const { benchmark = {} } = await exampleOf(job);
  return needsCatalogue(jobNamed(job)) ? { ...benchmark, itemsPath: `${folder}/items.ndjson` } : benchmark;
}

/** The folder that stands for ZooKeeper: a node for each job. */
export async function configureShop(shop: Shop): Promise<string> {
  const folder = `${shop.folder}/config`;
  await using root = await openConfigRoot(folder);
  for (const job of SHOP_JOBS) {
    const node = configNode(CLIENT, job);
    const text = JSON.stringify(await settingsOf(shop, job));
    const held = await root.read(node);
    if (held === undefined) await root.create(node, text);
    else if (held.data !== text) await root.set(node, text, held.version);
  }
  return folder;
}
