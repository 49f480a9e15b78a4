/**
 * The best items of every user: the kernel is compared with implicit's `recommend` (BLAS and a heap for each user) on one thread, on
 * factors that the project's ALS kernel has trained.
 */
import { mkdirSync } from 'node:fs';
import type { RealData } from '../helpers/real-actions.ts';
import type { KernelRun } from './children/als-kernel.ts';
import type { BestItemsRun } from './children/best-items.ts';
import type { Data } from './data.ts';
import { madeOnce } from './made-once.ts';
import { bytesIn } from './matrix.ts';
import { inTurns, type Measurement, runNode, runPython } from './measure.ts';
import type { Peer } from './peers.ts';
import { BENCH } from './places.ts';
import { type Contender, cpuRatio, isMeasured, type Row, type Section } from './section.ts';

const FOLDER = `${BENCH}best-items`;
const RANK = 64;
const COUNT = 20;
const TRAINING = { rank: RANK, solver: 'exact', iterations: 5, regularization: 'by count', published: true } as const;
/** The settings by which factors are trained: the job's defaults, and those that the documents use. */
const SETTINGS = { defaults: { alpha: 1, lambda: 0.01 }, recommended: { alpha: 10, lambda: 1 } } as const;
const GENERATED_AT_LEAST = 1.5;
const RETAIL_AT_LEAST = 0.8;
const MORE_TIMES = 10;
const PEAK_AT_MOST = 1.2;
/** Scores with a smaller relative difference are equal: implicit adds up in another order. */
const EQUAL_SCORES = 1e-4;

interface Problem {
  readonly name: string;
  readonly folder: string;
  readonly settings: keyof typeof SETTINGS;
  readonly times?: number;
}

export async function bestItems(data: Data, peer: Peer): Promise<Section> {
  mkdirSync(FOLDER, { recursive: true });
  const generated = { folder: data.folder, name: `${data.users} users × ${data.items} items` };
  const retail = { folder: await realScores('onlineretail'), name: 'Online Retail', settings: 'recommended' } as const;
  const tweetings = { folder: await realScores('movietweetings'), name: 'MovieTweetings' };
  const results = [];
  for (const [problem, atLeast] of [
    [{ ...generated, settings: 'defaults' }, GENERATED_AT_LEAST],
    [{ ...generated, settings: 'recommended' }, GENERATED_AT_LEAST],
    [{ ...tweetings, settings: 'recommended' }, undefined],
    [retail, RETAIL_AT_LEAST],
    [{ ...retail, times: MORE_TIMES }, RETAIL_AT_LEAST],
  ] as const) {
    results.push(await compared(problem, peer, atLeast));
  }
  const [once, often] = results.slice(-2).map(({ contenders }) => contenders[0]!.outcome);
  return {
    title: `The best ${COUNT} items of every user`,
    text:
      `All lists without the pairs of the training, from published factors of rank ${RANK} in memory, on one thread. ` +
      'The factors come from five sweeps with alpha 1 and lambda 0.01, or with alpha 10 and lambda 1. Every measurement ' +
      `includes the preparation of the items, and the compilation of the kernel in a new process. "${MORE_TIMES} times" goes ` +
      'through all users so many times. Lists are equal when the scores at each place are, up to the rounding of implicit, which ' +
      'adds up in another order.',
    rows: [...results.flatMap(({ rows }) => rows), ...peakRow(once!, often!)],
    contenders: results.flatMap(({ contenders }) => contenders),
  };
}

async function realScores(data: RealData): Promise<string> {
  return madeOnce(`${data}-scores-1`, (folder) => runNode('real-scores', { data, folder }));
}

async function compared(
  { name, folder, settings, times = 1 }: Problem,
  peer: Peer,
  atLeast: number | undefined,
): Promise<{ readonly rows: readonly Row[]; readonly contenders: readonly Contender[] }> {
  const { alpha, lambda } = SETTINGS[settings];
  const path = `${FOLDER}/${name.replaceAll(/\W+/g, '-')}-${alpha}`;
  const factors = { users: `${path}.users`, items: `${path}.items` };
  await runNode('als-kernel', { ...TRAINING, folder, alpha, lambda, factors } satisfies KernelRun);
  const run = (who: string): BestItemsRun => {
    const lists = { items: `${path}.${who}-items`, scores: `${path}.${who}-scores` };
    return { folder, factors, rank: RANK, count: COUNT, times, lists };
  };
  let share = 0;
  const { kernel, implicit } = await inTurns({
    kernel: async () => {
      const measurement = await runNode<Measurement & { readonly share: number }>('best-items', run('kernel'));
      share = measurement.share;
      return measurement;
    },
    implicit: async () => {
      if ('failed' in peer) throw new Error(peer.failed);
      return runPython<Measurement>(peer.python, 'implicit_best_items', run('implicit'));
    },
  });
  const what = `${name}, alpha ${alpha}${times === 1 ? '' : `, ${times} times`}`;
  const target = atLeast === undefined ? {} : { target: { atLeast } };
  return {
    rows: [
      { what: `${what}: implicit / kernel`, ...cpuRatio(implicit, kernel), ...target },
      ...(isMeasured(implicit) && times === 1 ? [equalRow(what, run('kernel'), run('implicit'))] : []),
    ],
    contenders: [
      { name: `kernel, ${what}`, outcome: kernel, note: `${(100 * share).toFixed(1)} % of the multiplications` },
      { name: `implicit, ${what}`, outcome: implicit },
    ],
  };
}

/** Returns the share of places at which both lists have equal scores. */
function equalRow(what: string, own: BestItemsRun, theirs: BestItemsRun): Row {
  const [scores, others] = [own, theirs].map(({ lists }) => new Float32Array(bytesIn(lists.scores))) as [
    Float32Array,
    Float32Array,
  ];
  const [items, otherItems] = [own, theirs].map(({ lists }) => new Uint32Array(bytesIn(lists.items))) as [
    Uint32Array,
    Uint32Array,
  ];
  let equal = 0;
  let same = 0;
  for (let at = 0; at < scores.length; at++) {
    const difference = Math.abs(scores[at]! - others[at]!);
    if (difference <= EQUAL_SCORES * Math.abs(scores[at]!)) equal++;
    if (items[at] === otherItems[at]) same++;
  }
  return {
    what: `${what}: places with equal scores / places`,
    ratio: equal / scores.length,
    target: { atLeast: 1 },
    decimals: 6,
    note: `${scores.length} places, of which ${scores.length - same} have another item`,
  };
}

function peakRow(once: Contender['outcome'], often: Contender['outcome']): Row[] {
  if (!isMeasured(once) || !isMeasured(often)) return [];
  const [low, high] = [once.peakMemoryMb, often.peakMemoryMb];
  return [
    {
      what: `peak at ${MORE_TIMES} × the users / peak`,
      ratio: high / low,
      target: { atMost: PEAK_AT_MOST },
      note: `${high.toFixed(0)} MiB / ${low.toFixed(0)} MiB`,
    },
  ];
}
