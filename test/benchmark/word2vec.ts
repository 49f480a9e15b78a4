/**
 * Word vectors are compared with gensim's (Řehůřek and Sojka, skip-gram in Cython and BLAS) on one thread: their speed on
 * generated sessions, and their quality on real sessions, in one partition and in several.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import type { RealData } from '../helpers/real-actions.ts';
import { type HeldOutSessions, heldOutSessions, type Quality, qualityOf } from '../helpers/real-sessions.ts';
import { QUALITY_TRAINING, trainInMemory } from '../helpers/word2vec-training.ts';
import type { Word2vecRun } from './children/word2vec-kernel.ts';
import { type Failed, inTurns, type Measurement, runNode, runPython } from './measure.ts';
import { BENCH } from './places.ts';
import { cpuRatio, type Row, type Section } from './section.ts';
import { generatedSessions, writeSessions } from './sessions.ts';

const FOLDER = `${BENCH}word2vec`;
const SPEED = { vectorSize: 100, window: 5, learningRate: 0.025 };
const SHARED_AT_LEAST = 1.8;
const EXACT_AT_LEAST = 1.15;

const SEEDS = [1, 2, 3];
/** Qualities with at least this ratio are equal, because another seed changes them as much. */
const EQUAL = 0.98;
const PARTITIONED_AT_LEAST = 0.95;
/** The learning rates to try, among which is the best rate of sequential training. */
const RATES = [0.025, 0.05, 0.075, 0.1, 0.15];
const FORMS = [
  { form: 'shared path', sharedPath: true },
  { form: 'exact', sharedPath: false },
] as const;

/** On MovieTweetings the hit rate mostly measures popularity, so the measure is one that popularity does not raise. */
const SETS: readonly { readonly data: RealData; readonly name: string; readonly measure: keyof Quality }[] = [
  { data: 'onlineretail', name: 'Online Retail, hit@20', measure: 'hitRate' },
  { data: 'movietweetings', name: 'MovieTweetings, weighted AUC', measure: 'weightedAuc' },
];

type Peer = { readonly python: string } | Failed;

export async function word2vec(peer: Peer): Promise<Section> {
  mkdirSync(FOLDER, { recursive: true });
  const sessions = `${FOLDER}/generated`;
  writeSessions(sessions, generatedSessions());
  const kernel = (sharedPath: boolean) =>
    runNode<Measurement>('word2vec-kernel', { ...SPEED, sessions, sharedPath } satisfies Word2vecRun);
  const { shared, exact, gensim } = await inTurns({
    shared: () => kernel(true),
    gensim: () => runGensim(peer, { ...SPEED, sessions, iterations: 1, seed: 1 }),
    exact: () => kernel(false),
  });
  const rows: Row[] = [
    { what: 'gensim / shared path', ...cpuRatio(gensim, shared), target: { atLeast: SHARED_AT_LEAST } },
    { what: 'gensim / exact', ...cpuRatio(gensim, exact), target: { atLeast: EXACT_AT_LEAST } },
  ];
  for (const set of SETS) rows.push(...(await qualityRows(set, peer)));
  return {
    title: 'word2vec on a million words, and its quality on real sessions',
    text:
      'Skip-gram with hierarchical softmax, 100 dimensions, window 5, one epoch, one thread. Sessions are in ' +
      'memory on both sides. The quality is measured with 50 dimensions, 5 epochs and rate 0.025: one item of ' +
      `each session is held out and looked for near the others (\`test/helpers/real-sessions.ts\`). The figures ` +
      `are means of seeds ${SEEDS.join(', ')}. The best sequential training uses the best rate of ` +
      `${RATES.join(', ')} in either form.`,
    rows,
    contenders: [
      { name: 'shared path', outcome: shared },
      { name: 'exact', outcome: exact },
      { name: 'gensim', outcome: gensim },
    ],
  };
}

async function runGensim(peer: Peer, run: object): Promise<Measurement> {
  if ('failed' in peer) throw new Error(peer.failed);
  return runPython<Measurement>(peer.python, 'gensim_word2vec', run);
}

async function qualityRows({ data, name, measure }: (typeof SETS)[number], peer: Peer): Promise<Row[]> {
  const heldOut = heldOutSessions(data, { minCount: 5, seed: 5 });
  const meanOf = async (train: (seed: number) => Promise<Quality>): Promise<number> => {
    let sum = 0;
    for (const seed of SEEDS) sum += (await train(seed))[measure];
    return sum / SEEDS.length;
  };
  const own = (sharedPath: boolean, partitions: number, learningRate: number) =>
    meanOf(async (seed) => {
      const training = { ...QUALITY_TRAINING, sharedPath, partitions, learningRate, seed };
      const { vectors, stride } = await trainInMemory(heldOut, training);
      return qualityOf(heldOut, vectors, stride);
    });

  const gensim = 'failed' in peer ? undefined : await meanOf((seed) => gensimQuality(data, heldOut, peer, seed));
  let best = 0;
  for (const rate of RATES) {
    for (const { sharedPath } of FORMS) best = Math.max(best, await own(sharedPath, 1, rate));
  }
  const rows: Row[] = [];
  for (const { form, sharedPath } of FORMS) {
    const quality = await own(sharedPath, 1, QUALITY_TRAINING.learningRate);
    const what = `${name}: ${form} / gensim`;
    const ratio = gensim === undefined ? undefined : quality / gensim;
    const note = gensim === undefined ? 'not measured' : noteOf(quality, gensim);
    rows.push({ what, ratio, target: { atLeast: EQUAL }, note, decimals: 3 });
  }
  for (const partitions of [4, 16]) {
    for (const { form, sharedPath } of FORMS) {
      const quality = await own(sharedPath, partitions, QUALITY_TRAINING.learningRate);
      const what = `${name}: ${form}, ${partitions} partitions / best sequential`;
      const target = { atLeast: PARTITIONED_AT_LEAST };
      rows.push({ what, ratio: quality / best, target, note: noteOf(quality, best), decimals: 3 });
    }
  }
  return rows;
}

const noteOf = (above: number, below: number): string => `${above.toFixed(4)} / ${below.toFixed(4)}`;

async function gensimQuality(
  data: RealData,
  heldOut: HeldOutSessions,
  peer: { readonly python: string },
  seed: number,
): Promise<Quality> {
  const sessions = `${FOLDER}/${data}`;
  const vectors = `${sessions}.vectors`;
  writeSessions(sessions, heldOut.sessions);
  await runGensim(peer, { ...QUALITY_TRAINING, sessions, vectors, seed });
  return qualityOf(
    heldOut,
    new Float32Array(Uint8Array.from(readFileSync(vectors)).buffer),
    QUALITY_TRAINING.vectorSize,
  );
}
