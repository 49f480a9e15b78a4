/** The jobs that are compared with their parts: how each job is run, and the parts of its work. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { loadJob } from '../../functions/registry.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import type { KernelRun as AlsRun } from './children/als-kernel.ts';
import type { Data } from './data.ts';
import { filesIn } from './files.ts';
import { groupedFolder } from './grouped.ts';
import type { KernelRun } from './kernels/kernel.ts';
import { collectorFolder } from './logs.ts';
import { type Measurement, runNode } from './measure.ts';
import { FACTORIZATION_SETTINGS, type MeasuredRun, matrixFactorization } from './offline.ts';
import { CHILDREN, CLIENT, DAY } from './places.ts';
import {
  DAY_JOBS,
  GROUPING,
  groupShop,
  inputFolderOf,
  type Packing,
  runShopJob,
  type Shop,
  settingsOf,
  shopLogs,
} from './shop-jobs.ts';

/** A job runs with one worker, because its parts run on one thread. */
const ONE_WORKER = { workers: 1 } as const;
const EITHER: readonly Packing[] = ['gzip', 'plain'];

export interface Part {
  readonly name: 'kernel' | 'gunzip' | 'parse' | 'gzip' | 'sweeps, of the kernel';
  /** The packings of files for which the job has this part. A part without packings is only shown. */
  readonly packings: readonly Packing[];
  readonly measure: () => Promise<Measurement>;
}

export interface PartedJob {
  readonly job: string;
  readonly packings: readonly Packing[];
  readonly run: (packing: Packing) => Promise<MeasuredRun>;
  readonly parts: readonly Part[];
}

/** True when `kernels/<job>.ts` exists: only a job with a kernel can be measured against its parts. */
export const hasKernel = (job: string): boolean => existsSync(new URL(`kernels/${job}.ts`, import.meta.url));

/** @param data grouped data, on which matrix-factorization is measured; all other jobs are measured on the shop's day */
export async function partedJobs(data: Data, shop: Shop): Promise<PartedJob[]> {
  const parted: PartedJob[] = [];
  for (const job of DAY_JOBS.filter(hasKernel)) {
    if (job === GROUPING) parted.push(await grouping(shop));
    else if (job === 'matrix-factorization') parted.push(factorization(data));
    else if ((await loadJob(job)).inputs.folders.includes('actions')) parted.push(await onActions(shop, job));
    else parted.push(await onLines(shop, job));
  }
  return parted;
}

/** Returns the job of grouping. It writes gzip when its input is gzip. */
async function grouping(shop: Shop): Promise<PartedJob> {
  for (const packing of EITHER) await shopLogs(shop, packing);
  const output = `${shop.folder}/grouped`;
  const same = new SameOutput(GROUPING, output);
  const logs = collectorFolder(`${shop.folder}/logs`);
  const grouped = await inputFolderOf(shop, 'sessionitems', 'plain');
  return {
    job: GROUPING,
    packings: EITHER,
    run: (packing) => same.ofJob(groupShop(shop, packing, output, ONE_WORKER)),
    parts: [
      kernelPart(same, { job: GROUPING, folder: logs, settings: {} }),
      part('gunzip', ['gzip'], 'gunzip', filesIn(logs)),
      part('parse', EITHER, 'parse-logs', filesIn(logs)),
      part('gzip', ['gzip'], 'gzip', filesIn(grouped)),
    ],
  };
}

/**
 * Returns matrix factorization. It always writes gzip too. The blocks of the data depend on the sizes of the files, so the
 * factors from gzip files differ in their last bits from those of plain files.
 */
function factorization(data: Data): PartedJob {
  const output = `${data.folder}/models`;
  const folderOf = (packing: Packing) => `${groupedFolder(data, packing)}/${dayFolder(CLIENT, 'actions', DAY)}`;
  const factors = ['userFeatures.txt', 'productFeatures.txt'];
  const folder = `${output}/${dayFolder(CLIENT, 'matrix-factorization', DAY)}`;
  const same = new SameOutput('matrix-factorization', output);
  const { rank, iterations, lambda } = FACTORIZATION_SETTINGS;
  const sweeps: AlsRun = {
    folder: data.folder,
    rank,
    iterations,
    lambda,
    alpha: 1,
    solver: 'exact',
    regularization: 'by count',
  };
  const run = (packing: Packing) => matrixFactorization(groupedFolder(data, packing), output, ONE_WORKER);
  return {
    job: 'matrix-factorization',
    packings: EITHER,
    run: (packing) => (packing === 'plain' ? same.ofJob(run(packing)) : run(packing)),
    parts: [
      kernelPart(same, { job: 'matrix-factorization', folder: folderOf('plain'), settings: FACTORIZATION_SETTINGS }),
      { name: 'sweeps, of the kernel', packings: [], measure: () => runPart('als-kernel', sweeps) },
      part('gunzip', ['gzip'], 'gunzip', filesIn(folderOf('gzip'))),
      part('parse', EITHER, 'parse-lines', filesIn(folderOf('plain'))),
      part(
        ...(['gzip', EITHER, 'gzip'] as const),
        factors.map((name) => folder + name),
      ),
    ],
  };
}

async function onActions(shop: Shop, job: string): Promise<PartedJob> {
  const { run, kernel, folder } = await onFiles(shop, job);
  const compressed = await inputFolderOf(shop, job, 'gzip');
  return {
    job,
    packings: EITHER,
    run,
    parts: [
      kernel,
      part('gunzip', ['gzip'], 'gunzip', filesIn(compressed)),
      part('parse', EITHER, 'parse-lines', filesIn(folder)),
    ],
  };
}

/** Returns a job that reads sessions or baskets, which are always plain files. */
async function onLines(shop: Shop, job: string): Promise<PartedJob> {
  const { run, kernel, folder } = await onFiles(shop, job);
  return {
    job,
    packings: ['plain'],
    run,
    parts: [kernel, part('parse', ['plain'], 'parse-item-lines', filesIn(folder))],
  };
}

async function onFiles(shop: Shop, job: string) {
  const output = `${shop.folder}/models`;
  const folder = await inputFolderOf(shop, job, 'plain');
  const same = new SameOutput(job, output);
  return {
    folder,
    run: (packing: Packing) => same.ofJob(runShopJob(shop, job, packing, output, ONE_WORKER)),
    kernel: kernelPart(same, { job, folder, settings: await settingsOf(shop, job) }),
  };
}

const kernelPart = (same: SameOutput, run: KernelRun): Part => ({
  name: 'kernel',
  packings: EITHER,
  measure: () => same.ofKernel(runPart<KernelMeasurement>('kernel', run)),
});

const part = (name: Part['name'], packings: readonly Packing[], child: string, paths: readonly string[]): Part => ({
  name,
  packings,
  measure: () => runPart<Measurement>(child, { paths }),
});

const OWN_THREAD = pathToFileURL(`${CHILDREN}own-thread.mjs`).href;

/** Runs a child that collects garbage as the command line does. */
const runPart = <Result extends Measurement>(child: string, argument: object): Promise<Result> =>
  runNode<Result>(child, argument, [`--import=${OWN_THREAD}`]);

interface KernelMeasurement extends Measurement {
  readonly digest: string;
}

/** Checks that a job, with files of any packing, and its kernel write the same bytes. */
class SameOutput {
  readonly #job: string;
  readonly #root: string;
  #digest: string | undefined;

  constructor(job: string, root: string) {
    this.#job = job;
    this.#root = root;
  }

  async ofJob(run: Promise<MeasuredRun>): Promise<MeasuredRun> {
    const measured = await run;
    const { writes } = await loadJob(this.#job);
    // A child computes the digest, because the peak memory of this process would count for the children that it starts later.
    const folder = `${this.#root}/${dayFolder(CLIENT, writes, DAY)}`;
    const { digest } = await runNode<{ readonly digest: string }>('output-digest', { folder });
    return this.#checked(measured, digest);
  }

  async ofKernel(run: Promise<KernelMeasurement>): Promise<Measurement> {
    const measured = await run;
    return this.#checked(measured, measured.digest);
  }

  #checked<M extends Measurement>(measured: M, digest: string): M {
    this.#digest ??= digest;
    if (digest === this.#digest) return measured;
    throw new Error(`${this.#job}: job and kernel write different bytes`);
  }
}
