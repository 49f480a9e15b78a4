/**
 * `npm run bench`: the project against its peers, whole jobs against their parts and against Spark, and how cost grows. Sets
 * up the peers and generates the data by itself, under `.bench/`.
 *
 *   npm run bench -- [--only als|similarity|…]… [--size s|m|l] [--cholesky] [--job <name>]…
 *
 * Size m is what the targets speak of, and writes `results.md`; s is a quick look and l a long one: they print alone, but
 * for growth at l, which is written too.
 *
 * `--only cost --job <name>` measures one job and adds it to the cost model; `results.md`, which has all jobs, stays as it is.
 */
import { parseArgs } from 'node:util';
import { checkedJobName } from '../../functions/registry.ts';
import { UsageError } from '../../shared/errors.ts';
import { als } from './als.ts';
import { cost } from './cost.ts';
import { type Data, generatedData } from './data.ts';
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
import { provenance, writeResults } from './results.ts';
import { type Section, sectionText } from './section.ts';
import { similarity } from './similarity.ts';
import { spark } from './spark.ts';
import { word2vec } from './word2vec.ts';

interface Options {
  readonly only: readonly SectionName[];
  readonly size: SizeName;
  readonly cholesky: boolean;
  /** Undefined: all. */
  readonly jobs: readonly string[] | undefined;
}

/** Scores and logs are generated, and peers installed, for the sections that use them. */
const dataOf = ({ size }: Options): Promise<Data> => generatedData(size);

const SECTIONS = {
  als: async (options: Options) => als(await dataOf(options), peerPython(), sparkPython(), options),
  similarity: async (options: Options) => similarity(await dataOf(options), peerPython()),
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
  flame,
} as const satisfies Record<string, (options: Options) => Promise<Section>>;
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];

/** @throws UsageError */
function readOptions(args: readonly string[]): Options {
  const { only = NAMES, size, cholesky, job: jobs } = parsed(args);
  const unknown = only.find((name) => !(NAMES as string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there are ${NAMES.join(', ')}`);
  if (!(size in SIZES)) throw new UsageError(`--size ${size}: there are ${Object.keys(SIZES).join(', ')}`);
  if (jobs !== undefined && only.some((name) => name !== 'cost')) {
    throw new UsageError('--job names jobs for the section cost alone: give --only cost');
  }
  for (const job of jobs ?? []) checkedJobName(job);
  return { only: only as SectionName[], size: size as SizeName, cholesky, jobs };
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
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw new UsageError(error.message);
    throw error;
  }
}

/** Growth is shown further at size l. A section of some jobs would take the place of the section of all jobs. */
const isKept = (name: SectionName, { size, jobs }: Options): boolean =>
  jobs === undefined && (size === 'm' || (size === 'l' && name === 'growth'));

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  for (const name of options.only) {
    const section = await SECTIONS[name](options);
    process.stdout.write(`\n${sectionText(section)}\n\n${provenance()}\n`);
    if (isKept(name, options)) writeResults(name, section, NAMES);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
