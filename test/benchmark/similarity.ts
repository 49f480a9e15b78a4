/**
 * Item similarity: the kernel is compared with implicit's CosineRecommender on one thread, and the whole job is measured, with
 * its memory at four times the data.
 */
import type { SimilarityRun } from './children/similarity-kernel.ts';
import type { Data } from './data.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { type Failed, inTurns, type Measurement, runNode, runPython } from './measure.ts';
import { type PoolOptions, similarItems } from './offline.ts';
import { cpuRatio, isMeasured, type Row, type Section } from './section.ts';

const LIMIT = 100;
const AT_LEAST = 3;
const THRESHOLD = 0.1;
const PEAK_AT_MOST = 1.2;
const QUARTER_SHARDS = 2;
/** Sums with a smaller relative difference are equal. Both sides use float64, but sum in different orders. */
const EQUAL_SUMS = 1e-9;

interface Summed extends Measurement {
  /** The sum of all similarities that are kept. */
  readonly sum: number;
}

export async function similarity(data: Data, peer: { readonly python: string } | Failed): Promise<Section> {
  await prepareActions(data);
  const sums = new Map<string, number>();
  const summed = async (name: string, run: Promise<Summed>): Promise<Measurement> => {
    const measurement = await run;
    sums.set(name, measurement.sum);
    return measurement;
  };
  const run = (threshold: number): SimilarityRun => ({ ...data, limit: LIMIT, threshold });
  const job = (kind: 'plain' | 'quarter', pool: PoolOptions) =>
    similarItems(groupedFolder(data, kind), `${data.folder}/models`, pool);

  const outcomes = await inTurns({
    exact: () => summed('exact', runNode<Summed>('similarity-kernel', run(0))),
    implicit: async () => {
      if ('failed' in peer) throw new Error(peer.failed);
      return summed('implicit', runPython<Summed>(peer.python, 'implicit_similarity', run(0)));
    },
    dimsum: () => runNode<Measurement>('similarity-kernel', run(THRESHOLD)),
    job: () => job('plain', { workers: 1 }),
    quarter: () => job('quarter', { workers: 1, shards: QUARTER_SHARDS }),
    whole: () => job('plain', { workers: 1, shards: 4 * QUARTER_SHARDS }),
  });
  const { exact, implicit, dimsum, quarter, whole } = outcomes;
  return {
    title: `Item similarity on ${data.users} users × ${data.items} items × ${data.pairs} pairs`,
    text:
      `The cosine of all items, and the best ${LIMIT} partners of each. The kernel and implicit have the users’ ` +
      'rows in memory and use one thread. Numbering the items by popularity is included. A job is its whole ' +
      'process with one worker, from plain files, exact.',
    rows: [
      { what: 'implicit / exact', ...cpuRatio(implicit, exact), target: { atLeast: AT_LEAST } },
      sumRow(sums),
      { what: 'implicit / DIMSUM', ...cpuRatio(implicit, dimsum) },
      ...peakRow(quarter, whole),
    ],
    contenders: [
      { name: 'exact', outcome: exact },
      { name: `DIMSUM at ${THRESHOLD}`, outcome: dimsum },
      { name: 'implicit CosineRecommender', outcome: implicit },
      { name: 'similar-items', outcome: outcomes.job },
      { name: `similar-items, a quarter of the users, ${QUARTER_SHARDS} shards`, outcome: quarter },
      { name: `similar-items, ${4 * QUARTER_SHARDS} shards`, outcome: whole },
    ],
  };
}

/** Returns the ratio of both sums, which is 1 when both find the same similarities. */
function sumRow(sums: ReadonlyMap<string, number>): Row {
  const what = 'sum of similarities, exact / implicit';
  const target = { atLeast: 1 - EQUAL_SUMS };
  const [own, theirs] = [sums.get('exact'), sums.get('implicit')];
  if (own === undefined || theirs === undefined) return { what, ratio: undefined, target, note: 'not measured' };
  return { what, ratio: own / theirs, target, decimals: 9, note: `${own.toFixed(4)} / ${theirs.toFixed(4)}` };
}

function peakRow(quarter: Parameters<typeof isMeasured>[0], whole: Parameters<typeof isMeasured>[0]): Row[] {
  if (!isMeasured(quarter) || !isMeasured(whole)) return [];
  const [low, high] = [quarter.peakMemoryMb, whole.peakMemoryMb];
  return [
    {
      what: 'peak at 4 × the data / peak',
      ratio: high / low,
      target: { atMost: PEAK_AT_MOST },
      note: `${high.toFixed(0)} MiB / ${low.toFixed(0)} MiB, the process with its one worker`,
    },
  ];
}
