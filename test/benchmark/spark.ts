/**
 * Whole jobs are compared with the same work in Spark on two threads (`peers/spark_jobs.py`), which reads the same files and
 * writes the same lines.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expandPattern } from '../../functions/group-actions/input-pattern.ts';
import { defined } from '../../shared/defined.ts';
import type { SizeName } from './matrix.ts';
import { inTurns, type Measurement, type Outcome, runPython } from './measure.ts';
import type { JobSettings } from './offline.ts';
import type { Peer } from './peers.ts';
import { CLIENT, DAY } from './places.ts';
import { type Contender, cpuRatio, type Row, type Section } from './section.ts';
import {
  GROUPING,
  inputFolderOf,
  type Packing,
  runDayJob,
  type Shop,
  settingsOf,
  shopLogs,
  shopOf,
} from './shop-jobs.ts';

const MILLION = 1_000_000;
/** The millions of actions of the days. In a larger day the start of Spark counts less. */
const DAYS = { s: [1], m: [1, 5], l: [10] } as const satisfies Record<SizeName, readonly number[]>;
const WORKERS = { workers: 2 } as const;
/** One round of Spark is enough, because Spark takes long and its start takes the same time in every run. */
const SPARK_ROUNDS = 1;

/** A job that `peers/spark_jobs.py` has a program for. */
interface Comparison {
  readonly job: string;
  readonly packings: readonly Packing[];
  /** The least ratio of Spark's CPU seconds to this project's. */
  readonly atLeast?: Readonly<Record<Packing, number>>;
  /** Other settings with which this project does the same. */
  readonly other?: { readonly name: string; readonly settings: JobSettings; readonly atLeast: number };
}

const TWENTY = { plain: 20, gzip: 10 } as const;
const COMPARISONS: readonly Comparison[] = [
  { job: GROUPING, packings: ['plain', 'gzip'], atLeast: TWENTY },
  { job: 'sessionitems', packings: ['plain', 'gzip'], atLeast: TWENTY },
  { job: 'basketanalysis', packings: ['plain', 'gzip'], atLeast: TWENTY },
  { job: 'cluster-by-dimension', packings: ['plain', 'gzip'], atLeast: TWENTY },
  { job: 'tagaffinity', packings: ['plain', 'gzip'], atLeast: TWENTY },
  // Files of baskets are always plain.
  { job: 'fpgrowth', packings: ['plain'] },
  {
    job: 'matrix-factorization',
    packings: ['plain', 'gzip'],
    atLeast: { plain: 15, gzip: 15 },
    other: { name: 'PCG', settings: { solver: 'pcg' }, atLeast: 30 },
  },
];

export async function spark(size: SizeName, peer: Peer): Promise<Section> {
  const rows: Row[] = [];
  const contenders: Contender[] = [];
  const { start } = await inTurns({ start: () => runSpark(peer, { job: 'start' }) }, SPARK_ROUNDS);
  contenders.push({ name: 'Spark, started and ended', outcome: start });
  for (const millions of DAYS[size]) {
    const shop = await shopOf(millions * MILLION);
    for (const comparison of COMPARISONS) {
      for (const packing of comparison.packings) {
        const compared = await compare(shop, `${millions}M, `, comparison, packing, peer);
        rows.push(...compared.rows);
        contenders.push(...compared.contenders);
      }
    }
  }
  return {
    title: `Whole jobs on ${DAYS[size].join(' and ')} million actions against Spark`,
    text:
      'A whole process of this project with 2 workers against a whole Spark program in local[2]. Python, the Java ' +
      'virtual machine, their start and their end are included; the first line of the second table shows them ' +
      'alone. Both read the same files and write files. Where both write lines, the number of lines is compared. ' +
      `There are three rounds of this project and ${SPARK_ROUNDS} of Spark.`,
    rows,
    contenders,
  };
}

/** @param day the beginning of the names of the rows */
async function compare(
  shop: Shop,
  day: string,
  { job, packings, atLeast, other }: Comparison,
  packing: Packing,
  peer: Peer,
) {
  const name = day + (packings.length === 1 ? job : `${job}, ${packing} files`);
  const output = `${shop.folder}/own`;
  const run = await sparkRun(shop, job, packing);
  const own = (settings: JobSettings): Promise<Measurement> => runDayJob(shop, job, packing, output, WORKERS, settings);
  const ours = await inTurns<string>(
    other
      ? { [name]: () => own({}), [`${name}, ${other.name}`]: () => own(other.settings) }
      : { [name]: () => own({}) },
  );
  const theirs = await inTurns<string>({ [`Spark, ${name}`]: () => runSpark(peer, run) }, SPARK_ROUNDS);
  const [first, second] = Object.values(ours) as [Outcome, Outcome?];
  const [sparks] = Object.values(theirs) as [Outcome];
  const rows: Row[] = [
    defined({
      what: `${name}: Spark / own`,
      ...cpuRatio(sparks, first),
      decimals: 1,
      target: atLeast ? { atLeast: atLeast[packing] } : undefined,
    }),
  ];
  if (other && second) {
    const target = { atLeast: other.atLeast };
    rows.push({ what: `${name}: Spark / ${other.name}`, ...cpuRatio(sparks, second), decimals: 1, target });
  }
  const note = 'failed' in sparks || 'failed' in first ? undefined : linesText(`${output}/${CLIENT}`, run.output);
  const contenders = Object.entries({ ...ours, ...theirs }).map(([contender, outcome]) => ({
    name: contender,
    outcome,
  }));
  return { rows, contenders: contenders.map((one, at) => (at === 0 && note ? { ...one, note } : one)) };
}

interface SparkRun {
  readonly job: string;
  readonly input: string;
  readonly output: string;
  readonly items: string;
  readonly gzipOutput: boolean;
  readonly gapSecs: number;
  readonly minSupport: number;
}

/** Returns the argument of the program, which reads the files that the job reads. */
async function sparkRun(shop: Shop, job: string, packing: Packing): Promise<SparkRun> {
  const input =
    job === GROUPING ? expandPattern(await shopLogs(shop, packing), DAY) : await inputFolderOf(shop, job, packing);
  return {
    job,
    input,
    output: `${shop.folder}/spark`,
    items: `${shop.folder}/items.ndjson`,
    gzipOutput: job === GROUPING && packing === 'gzip',
    gapSecs: Number((await settingsOf(shop, 'sessionitems')).maxIntraSessionGapSecs),
    minSupport: Number((await settingsOf(shop, 'fpgrowth')).minSupport),
  };
}

async function runSpark(peer: Peer, run: SparkRun | { readonly job: 'start' }): Promise<Measurement> {
  if ('failed' in peer) throw new Error(peer.failed);
  if ('output' in run) rmSync(run.output, { recursive: true, force: true });
  return runPython<Measurement>(peer.python, 'spark_jobs', run);
}

function linesText(own: string, sparks: string): string {
  const [ours, theirs] = [linesBelow(own), linesBelow(sparks)];
  return ours === theirs ? `${ours} lines, as many as Spark` : `**${ours} lines, but Spark ${theirs}**`;
}

/** Returns the number of lines in all data files below a folder. */
function linesBelow(folder: string): number {
  let lines = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || /^[._]/.test(entry.name)) continue;
    const bytes = readFileSync(`${entry.parentPath}/${entry.name}`);
    const plain = entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    for (let end = plain.indexOf(10); end >= 0; end = plain.indexOf(10, end + 1)) lines++;
  }
  return lines;
}
