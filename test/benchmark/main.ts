/**
 * `npm run bench` compares the project with its peers, and whole jobs with their parts and with Spark, and measures how cost
 * grows. It installs the peers and generates the data in `.bench/`.
 *
 *   npm run bench -- [--only als|similarity|…]… [--size s|m|l] [--cholesky] [--job <name>]… [--tune]
 *
 * The targets are for size m, whose results are written to `results.md`. Size s is quick and size l takes long; their results
 * are only printed, except growth and recommendations at size l, which are written too.
 *
 * `--only cost --job <name>` measures one job and adds it to the cost model. It does not change `results.md`, which has all
 * jobs. `--tune` searches the settings that the section `quality` compares once more, which takes half an hour on a busy machine.
 */
import { parseArgs } from 'node:util';
import { checkedJobName } from '../../functions/registry.ts';
import { UsageError } from '../../shared/errors.ts';
import { als } from './als.ts';
import { bestItems } from './best-items.ts';
import { cost } from './cost.ts';
import { type Data, generatedData } from './data.ts';
import { dayCost } from './day-cost.ts';
import { flame } from './flame.ts';
import { growth } from './growth.ts';
import { itemSets } from './item-sets.ts';
import { job } from './job.ts';
import { SIZES, type SizeName } from './matrix.ts';
import { memory } from './memory.ts';
import { million } from './million.ts';
import { overhead } from './overhead.ts';
import { parse } from './parse.ts';
import { peerPython, sparkPython } from './peers.ts';
import { quality } from './quality.ts';
import { recommendations } from './recommendations.ts';
import { provenance, writeResults } from './results.ts';
import { type Section, sectionText } from './section.ts';
import { similarity } from './similarity.ts';
import { spark } from './spark.ts';
import { tuning } from './tune.ts';
import { word2vec } from './word2vec.ts';

interface Options {
  readonly only: readonly SectionName[];
  readonly size: SizeName;
  readonly cholesky: boolean;
  /** The jobs of the section `cost`; undefined for all. */
  readonly jobs: readonly string[] | undefined;
  /** True to search the settings of the section `quality` again. */
  readonly tune: boolean;
}

/** Generates scores and logs, for the sections that use them. */
const dataOf = ({ size }: Options): Promise<Data> => generatedData(size);

const SECTIONS = {
  als: async (options: Options) => als(await dataOf(options), peerPython(), sparkPython(), options),
  similarity: async (options: Options) => similarity(await dataOf(options), peerPython()),
  'best-items': async (options: Options) => bestItems(await dataOf(options), peerPython()),
  recommendations: ({ size }: Options) => recommendations(size),
  word2vec: () => word2vec(peerPython()),
  parse: async (options: Options) => parse(await dataOf(options), peerPython()),
  'item-sets': ({ size }: Options) => itemSets(size, peerPython()),
  job: async (options: Options) => job(await dataOf(options)),
  memory: async (options: Options) => memory(await dataOf(options)),
  overhead: async (options: Options) => overhead(await dataOf(options)),
  million,
  spark: ({ size }: Options) => spark(size, sparkPython()),
  growth: ({ size }: Options) => growth(size),
  cost: ({ size, jobs }: Options) => cost(size, jobs),
  'day-cost': dayCost,
  tune: tuning,
  flame,
  quality: ({ tune }: Options) => quality(peerPython(), tune),
} as const satisfies Record<string, (options: Options) => Promise<Section>>;
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];

/** @throws UsageError when an option or its value is unknown */
function readOptions(args: readonly string[]): Options {
  const { only = NAMES, size, cholesky, job: jobs, tune } = parsed(args);
  const unknown = only.find((name) => !(NAMES as string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there are ${NAMES.join(', ')}`);
  if (!(size in SIZES)) throw new UsageError(`--size ${size}: there are ${Object.keys(SIZES).join(', ')}`);
  if (jobs !== undefined && only.some((name) => name !== 'cost')) {
    throw new UsageError('--job names jobs for the section cost alone: give --only cost');
  }
  for (const job of jobs ?? []) checkedJobName(job);
  return { only: only as SectionName[], size: size as SizeName, cholesky, jobs, tune };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        size: { type: 'string', default: 'm' },
        cholesky: { type: 'boolean', default: false },
        job: { type: 'string', multiple: true },
        tune: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw new UsageError(error.message);
    throw error;
  }
}

/** The sections that are also written at size l, which shows more. */
const KEPT_AT_L: readonly SectionName[] = ['growth', 'recommendations'];

/**
 * True when the section is written to `results.md`. A section of some jobs
 * is not written, because it would replace the section of all jobs.
 */
const isKept = (name: SectionName, { size, jobs }: Options): boolean =>
  jobs === undefined && (size === 'm' || (size === 'l' && KEPT_AT_L.includes(name)));

/** Says why a section was not written to `results.md`. */
function whyNotKept(name: SectionName, { size }: Options): string {
  if (size !== 'm') {
    const files = name === 'cost' ? 'results.md and the cost model' : 'results.md';
    return `Only size m is written to ${files}. This run has size ${size}, and its results are only shown.`;
  }
  return 'The cost model was written. results.md was not, because it has all jobs.';
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  for (const name of options.only) {
    const section = await SECTIONS[name](options);
    // Small inputs would miss targets that are for size m.
    process.stdout.write(`\n${sectionText(section, options.size !== 's')}\n\n${provenance()}\n`);
    if (isKept(name, options)) writeResults(section);
    else process.stdout.write(`\n${whyNotKept(name, options)}\n`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
