/** Trains peers, and searches their settings by as many trials, on the same hold-out, as `offline tune` searches ours. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../../functions/evaluate/candidates.ts';
import type { MetricsDocument } from '../../shared/evaluation/metrics-document.ts';
import type { JsonValue } from '../../shared/json.ts';
import { runSearch } from '../../shared/tuning/search.ts';
import type { Dimension, Point } from '../../shared/tuning/space.ts';
import { settingsOfPoint } from '../../shared/tuning/trial-settings.ts';
import type { Trial } from '../../shared/tuning/trials.ts';
import { CUTOFF } from '../../shared/tuning/tune-request.ts';
import { runPython } from './measure.ts';
import { type PeerModel, type PeerPlace, publishPeer } from './peer-models.ts';
import type { PeerData } from './quality-data.ts';

export type Settings = Readonly<Record<string, JsonValue>>;

export interface Peer {
  /** The name in `peers/recommenders.py`. */
  readonly peer: 'als' | 'cosine' | 'ease' | 'gensim';
  /** The library's own defaults. */
  readonly defaults: Settings;
  /** The settings that a search varies; none for a peer without settings. */
  readonly dimensions: readonly Dimension[];
  /** Settings that are tried as well. */
  readonly known: readonly Point[];
}

/**
 * implicit takes alpha as the confidence itself, where ours is 1 + alpha, and multiplies its regularization by no number of pairs.
 * `negative` 0 is hierarchical softmax, which our word2vec has.
 */
export const PEERS_TRIED = {
  'implicit ALS': {
    peer: 'als',
    defaults: { factors: 100, regularization: 0.01, alpha: 1, iterations: 15 },
    dimensions: [
      { kind: 'real', setting: 'alpha', from: 1, to: 100 },
      { kind: 'real', setting: 'regularization', from: 0.01, to: 300 },
      { kind: 'choice', setting: 'factors', values: [8, 16, 32, 64, 128] },
      { kind: 'choice', setting: 'iterations', values: [5, 10, 15, 30] },
    ],
    known: [{ factors: 64, alpha: 10, regularization: 10 }],
  },
  'item cosine': { peer: 'cosine', defaults: {}, dimensions: [], known: [] },
  EASE: {
    peer: 'ease',
    defaults: { lambda: 500 },
    dimensions: [
      {
        kind: 'choice',
        setting: 'lambda',
        values: [1, 3, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
      },
    ],
    known: [],
  },
  'gensim word2vec': {
    peer: 'gensim',
    defaults: { alpha: 0.025, min_count: 5, epochs: 5, window: 5, vector_size: 100, negative: 5 },
    dimensions: [
      { kind: 'real', setting: 'alpha', from: 0.01, to: 0.3 },
      { kind: 'choice', setting: 'min_count', values: [1, 2, 5, 10, 20, 50] },
      { kind: 'choice', setting: 'epochs', values: [1, 2, 5, 10, 20] },
      { kind: 'choice', setting: 'window', values: [2, 5, 10, 20, 50] },
      { kind: 'choice', setting: 'vector_size', values: [50, 100, 200] },
      { kind: 'choice', setting: 'negative', values: [0, 5, 20] },
    ],
    known: [{ alpha: 0.1 }],
  },
} as const satisfies Readonly<Record<string, Peer>>;

const SEED = 1;
/** The trials of which one evaluation reads the test users. */
const TOGETHER = 8;

/** Trains a peer and publishes its model. */
export async function trainPeer(
  python: string,
  { peer }: Peer,
  name: string,
  settings: Settings,
  data: PeerData,
  place: PeerPlace,
): Promise<Candidate> {
  const folder = join(data.pairs, '..');
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const users = peer === 'ease' ? data.testUsers : [];
  await runPython(python, 'recommenders', {
    peer,
    settings,
    first,
    second,
    users,
    seed: SEED,
    pairs: data.pairs,
    sessions: data.sessions,
    met: data.met,
    length: CUTOFF,
    items: data.items.length,
  });
  return publishPeer(place, name, modelOf(peer, data, first, second), settings);
}

function modelOf(peer: Peer['peer'], data: PeerData, first: string, second: string): PeerModel {
  const { items, users, metItems } = data;
  if (peer === 'ease') {
    const best = new Uint32Array(bytesOf(first));
    const listOf = (user: number) => Array.from(best.subarray(user * CUTOFF, (user + 1) * CUTOFF), (at) => items[at]!);
    return { kind: 'lists', lists: metItems.map((met, user) => ({ met, list: listOf(user) })) };
  }
  const values = floats(first);
  const vectors = (ids: Float64Array, of: Float32Array<ArrayBuffer>) => ({
    ids,
    values: of,
    size: of.length / ids.length,
  });
  if (peer === 'cosine') return { kind: 'similarities', items, values };
  if (peer === 'als') return { kind: 'factors', users: vectors(users, values), items: vectors(items, floats(second)) };
  const words = new Uint32Array(bytesOf(`${first}.words`));
  return {
    kind: 'vectors',
    items: vectors(
      Float64Array.from(words, (word) => items[word]!),
      values,
    ),
  };
}

const bytesOf = (path: string): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer;
const floats = (path: string): Float32Array<ArrayBuffer> => new Float32Array(bytesOf(path));

export interface Found {
  readonly settings: Settings;
  readonly trials: number;
  /** NDCG@100 on the hold-out of the search. */
  readonly ndcg: number;
}

/**
 * Searches the settings of a peer.
 * @param evaluate scores models on the hold-out of the search, with lists of `cutoff` items
 */
export async function searchPeer(
  python: string,
  peer: Peer,
  data: PeerData,
  place: PeerPlace,
  count: number,
  evaluate: (candidates: readonly Candidate[], cutoff: number) => Promise<MetricsDocument>,
): Promise<Found> {
  const judge = async (_rung: number, trials: readonly Trial[]) => {
    const candidates: Candidate[] = [];
    for (const { name, point } of trials) {
      const settings = { ...peer.defaults, ...settingsOfPoint(point) };
      candidates.push(await trainPeer(python, peer, name, settings, data, place));
    }
    const { scorers } = await evaluate(candidates, CUTOFF);
    for (const { folder } of candidates) rmSync(join(place.root, folder), { recursive: true, force: true });
    return new Map(
      trials.map(({ name }) => {
        const { mean } = scorers.find((scorer) => scorer.name === name)!.ndcg;
        return [name, { ndcg: mean, error: null, dollars: null }];
      }),
    );
  };
  const { dimensions, known, defaults } = peer;
  const trials: Trial[] = [];
  const [best] = await runSearch({
    drawing: { dimensions, known, client: defaults, defaults, seed: SEED },
    trials,
    count,
    rungs: 1,
    budget: undefined,
    outcomes: [new Map()],
    together: TOGETHER,
    spent: () => ({ seconds: 0, dollars: 0 }),
    judge,
    save: async () => undefined,
  });
  const settings = { ...defaults, ...settingsOfPoint(best!.trial.point) };
  return { settings, trials: trials.length, ndcg: best!.outcome.ndcg! };
}
