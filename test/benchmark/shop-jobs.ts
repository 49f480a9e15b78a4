/** The jobs on a shop's day (`shop.ts`): the settings of each job and the files that it reads. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { exampleOf, needsCatalogue } from '../../functions/examples.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { configNode } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import type { RunUsage } from '../../shared/cost/usage.ts';
import { readFrom } from '../../shared/job/day-order.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import { logsPattern } from './logs.ts';
import { madeOnce } from './made-once.ts';
import type { SizeName } from './matrix.ts';
import { runNode } from './measure.ts';
import { groupActions, type JobSettings, type MeasuredRun, type PoolOptions, runJob } from './offline.ts';
import { CLIENT, DAY } from './places.ts';
import type { ShopRun } from './shop.ts';

/** The number of actions of a day at each size. */
export const SHOP_SIZES = { s: 1_000_000, m: 5_000_000, l: 10_000_000 } as const satisfies Record<SizeName, number>;

/** Raise it when the generator changes, so that the data are generated again. */
const VERSION = 1;

export interface Shop {
  readonly folder: string;
  readonly actions: number;
}

/** The packing of the files that a job reads. */
export type Packing = 'plain' | 'gzip';

/**
 * The jobs of a day that run for a client, in the order of the registry. A job that accompanies others is left out: it needs
 * their models of a day before, and a shop has one day.
 */
export const SHOP_JOBS: readonly string[] = JOBS.filter(
  ({ scope, accompanies }) => scope === 'client' && accompanies === undefined,
).map(({ name }) => name);
/** The job that groups raw logs. */
export const GROUPING = 'group-actions';
export const DAY_JOBS: readonly string[] = [GROUPING, ...SHOP_JOBS];

/** Returns the job folder that `job` reads: the first of several is the one that its default settings lead to. */
const folderReadBy = (job: string): string => jobNamed(job).inputs.folders[0]!;

/** Returns the other folders that `job` reads. A job that chooses among folders (`foldersOf`) reads the first one alone. */
const otherFoldersReadBy = (job: string): readonly string[] => {
  const { folders, foldersOf } = jobNamed(job).inputs;
  return foldersOf === undefined ? folders.slice(1) : [];
};

/** Returns the job that writes what `job` reads; undefined for a job that reads grouped actions. */
function sourceOf(job: string): string | undefined {
  const [source] = readFrom(jobNamed(job), JOBS, [folderReadBy(job)]);
  return source?.name === GROUPING ? undefined : source?.name;
}

/** Returns the raw logs and the catalogue of a day of so many actions, which are generated once. */
export async function shopOf(actions: number): Promise<Shop> {
  const run = (folder: string): ShopRun => ({ folder, actions, gzip: true });
  const folder = await madeOnce(`shop-${actions}-${VERSION}`, (draft) => runNode('generate-shop', run(draft)));
  return { folder, actions };
}

/** Returns the `--input-path-pattern` of the logs. */
export async function shopLogs({ folder, actions }: Shop, packing: Packing): Promise<string> {
  const logs = `${folder}/${packing === 'gzip' ? 'logs' : 'plain-logs'}`;
  if (!existsSync(logs)) await runNode('generate-shop', { folder, actions, gzip: false } satisfies ShopRun);
  return logsPattern(logs);
}

export const groupShop = async (shop: Shop, packing: Packing, output: string, pool: PoolOptions) =>
  groupActions(await shopLogs(shop, packing), output, packing === 'gzip', pool);

/** Returns the root of a job's input. If the input does not exist, the job that writes it is run. */
export async function inputOf(shop: Shop, job: string, packing: Packing): Promise<string> {
  const source = sourceOf(job);
  const root = `${shop.folder}/${source ?? 'actions'}-${packing}`;
  if (existsSync(`${root}/${readFolder(job)}_SUCCESS`)) return root;
  process.stderr.write(`bench: making ${root}\n`);
  if (source === undefined) await groupActions(await shopLogs(shop, 'gzip'), root, packing === 'gzip', { workers: 2 });
  else {
    const actions = await inputOf(shop, source, packing);
    await runShopJob(shop, source, packing, root, { workers: 2 });
    for (const folder of otherFoldersReadBy(job))
      symlinkSync(`${actions}/${CLIENT}/${folder}`, `${root}/${CLIENT}/${folder}`);
  }
  return root;
}

/** Returns the folder of the files that a job reads. */
export const inputFolderOf = async (shop: Shop, job: string, packing: Packing): Promise<string> =>
  `${await inputOf(shop, job, packing)}/${readFolder(job)}`;

const readFolder = (job: string): string => dayFolder(CLIENT, folderReadBy(job), DAY);

/** Runs a job into the folder `output`, which is emptied first. */
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

/** Runs a job or the grouping into the folder `output`, which is emptied first. */
export const runDayJob = (
  shop: Shop,
  job: string,
  packing: Packing,
  output: string,
  pool: PoolOptions,
  more: JobSettings = {},
): Promise<MeasuredRun> =>
  job === GROUPING ? groupShop(shop, packing, output, pool) : runShopJob(shop, job, packing, output, pool, more);

/** Returns the account of the only run in an output folder. */
export function usageIn(output: string): RunUsage {
  const work = `${output}/.work`;
  const name = readdirSync(work, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith('/usage.json'));
  return JSON.parse(readFileSync(`${work}/${name}`, 'utf8')) as RunUsage;
}

/** Returns the settings of a job, as a client's node has them. */
export async function settingsOf({ folder }: Pick<Shop, 'folder'>, job: string): Promise<JobSettings> {
  const { benchmark = {} } = await exampleOf(job);
  return needsCatalogue(jobNamed(job)) ? { ...benchmark, itemsPath: `${folder}/items.ndjson` } : benchmark;
}

/** Writes a configuration folder with a node for each job and returns its path. */
export async function configureShop(shop: Shop): Promise<string> {
  const folder = `${shop.folder}/config`;
  await using root = await openConfigRoot(folder);
  for (const job of SHOP_JOBS) {
    const node = configNode(CLIENT, job);
    const text = JSON.stringify(await settingsOf(shop, job));
    const found = await root.read(node);
    if (found === undefined) await root.create(node, text);
    else if (found.data !== text) await root.set(node, text, found.version);
  }
  return folder;
}
