/** What every job is run with on a shop's day (`shop.ts`), and what each reads. */
import { existsSync } from 'node:fs';
import { configNode } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
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

export const SESSION_GAP_SECS = 1_800;
export const FP_SUPPORT = 0.001;

/** As a client would have them: other than the defaults where those find nothing here, or would do less work. */
const SETTINGS = {
  'matrix-factorization': {},
  'similar-items': { dimsumThreshold: 0 },
  sessionitems: { maxIntraSessionGapSecs: SESSION_GAP_SECS },
  word2vec: {},
  'cluster-by-dimension': {},
  tagaffinity: {},
  basketanalysis: { maxIntraSessionGapSecs: SESSION_GAP_SECS },
  fpgrowth: { minSupport: FP_SUPPORT },
} as const satisfies Record<string, JobSettings>;

export type ShopJob = keyof typeof SETTINGS;
export const SHOP_JOBS = Object.keys(SETTINGS) as readonly ShopJob[];
/** The jobs of a day: grouping, and those that read what it writes. */
export type DayJob = 'group-actions' | ShopJob;

/** The jobs that read what another one writes. */
const SOURCES: Partial<Record<ShopJob, ShopJob>> = { word2vec: 'sessionitems', fpgrowth: 'basketanalysis' };
const WITH_CATALOGUE: readonly ShopJob[] = ['cluster-by-dimension', 'tagaffinity'];

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
export async function inputOf(shop: Shop, job: ShopJob, packing: Packing): Promise<string> {
  const source = SOURCES[job];
  const root = `${shop.folder}/${source ?? 'actions'}-${packing}`;
  if (existsSync(`${root}/${dayFolder(CLIENT, source ?? 'actions', DAY)}_SUCCESS`)) return root;
  process.stderr.write(`bench: making ${root}\n`);
  if (source === undefined) await groupActions(await shopLogs(shop, 'gzip'), root, packing === 'gzip', { workers: 2 });
  else await runShopJob(shop, source, packing, root, { workers: 2 });
  return root;
}

/** The folder below it in which the files lie. */
export const inputFolderOf = async (shop: Shop, job: ShopJob, packing: Packing): Promise<string> =>
  `${await inputOf(shop, job, packing)}/${dayFolder(CLIENT, SOURCES[job] ?? 'actions', DAY)}`;

/** Runs a job into `output`, which is emptied before. */
export async function runShopJob(
  shop: Shop,
  job: ShopJob,
  packing: Packing,
  output: string,
  pool: PoolOptions,
  more: JobSettings = {},
): Promise<MeasuredRun> {
  return runJob(job, await inputOf(shop, job, packing), output, { ...settingsOf(shop, job), ...more }, pool);
}

/** The same for grouping too. */
export const runDayJob = (
  shop: Shop,
  job: DayJob,
  packing: Packing,
  output: string,
  pool: PoolOptions,
  more: JobSettings = {},
): Promise<MeasuredRun> =>
  job === 'group-actions' ? groupShop(shop, packing, output, pool) : runShopJob(shop, job, packing, output, pool, more);

/** What a client's node would hold. */
export const settingsOf = ({ folder }: Shop, job: ShopJob): JobSettings => ({
  ...SETTINGS[job],
  ...(WITH_CATALOGUE.includes(job) && { itemsPath: `${folder}/items.ndjson` }),
});

/** The folder that stands for ZooKeeper: a node for each job. */
export async function configureShop(shop: Shop): Promise<string> {
  const folder = `${shop.folder}/config`;
  await using root = await openConfigRoot(folder);
  for (const job of SHOP_JOBS) {
    const node = configNode(CLIENT, job);
    const text = JSON.stringify(settingsOf(shop, job));
    const held = await root.read(node);
    if (held === undefined) await root.create(node, text);
    else if (held.data !== text) await root.set(node, text, held.version);
  }
  return folder;
}
