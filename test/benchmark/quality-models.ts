/** The models of ours that the section `quality` compares, and the settings that searches have found. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FACTORS } from '../../cli/demo/clients.ts';
import type { Variant } from '../../shared/evaluation/trainings.ts';
import type { Found, Settings } from './peer-trials.ts';

/** A model of ours, and another one that it is compared with. */
export interface OwnModel extends Variant {
  readonly to?: string;
}

/** Settings that a search has found, and how. */
export interface Tuned extends Found {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
}

/** Set → name of a job or a peer → settings. */
export type AllTuned = Record<string, Record<string, Tuned>>;

const TUNED = fileURLToPath(new URL('quality-tuned.json', import.meta.url));

export const readTuned = (): AllTuned => JSON.parse(readFileSync(TUNED, 'utf8'));
export const writeTuned = (all: AllTuned): void => writeFileSync(TUNED, `${JSON.stringify(all, null, 2)}\n`);

/** The jobs whose settings `offline tune` searches. */
export const TUNED_JOBS = ['matrix-factorization', 'similar-items', 'word2vec'] as const;

export const isOurs = (name: string): boolean => (TUNED_JOBS as readonly string[]).includes(name);

export const tunedName = (name: string): string => `${name}, tuned`;
export const defaultsName = (name: string): string => `${name}, defaults`;

export const RECOMMENDED = 'matrix-factorization, recommended';
const COSINE = defaultsName('similar-items');
const VECTORS = 'word2vec, for small data';
/** Users with more actions in 90 days are left out in one row of the table. */
const MOST_ACTIONS = 500;

const GENSIM = 'gensim word2vec';

/** Returns word2vec with the settings that a search has found for gensim, which shows whether the search or the training differs. */
function likeGensim({ settings }: { readonly settings: Settings }): OwnModel {
  const { alpha, min_count, epochs, window, vector_size } = settings;
  return {
    name: 'word2vec, the settings found for gensim',
    job: 'word2vec',
    settings: {
      learningRate: alpha!,
      minWordCount: min_count!,
      iterations: epochs!,
      window: window!,
      vectorSize: vector_size!,
    },
    to: tunedName('word2vec'),
  };
}

/** @param found name of a job or a peer → settings */
export function ownModels(found: Readonly<Record<string, { readonly settings: Settings }>>): OwnModel[] {
  const { [GENSIM]: gensim } = found;
  const factors = (name: string, more: Settings): OwnModel => ({
    name: `${RECOMMENDED}, ${name}`,
    job: 'matrix-factorization',
    settings: { ...FACTORS, ...more },
    to: RECOMMENDED,
  });
  return [
    ...['matrix-factorization', 'similar-items', 'word2vec', 'fpgrowth'].map((job) => ({
      name: defaultsName(job),
      job,
      settings: {},
    })),
    {
      name: RECOMMENDED,
      job: 'matrix-factorization',
      settings: FACTORS,
      to: defaultsName('matrix-factorization'),
    },
    factors('halfLifeDays 30', { halfLifeDays: 30 }),
    factors('halfLifeDays 90', { halfLifeDays: 90 }),
    factors('excludeUsersAbove', { excludeUsersAbove: MOST_ACTIONS }),
    { name: 'similar-items, unit session', job: 'similar-items', settings: { unit: 'session' }, to: COSINE },
    {
      name: 'similar-items, excludeUsersAbove',
      job: 'similar-items',
      settings: { excludeUsersAbove: MOST_ACTIONS },
      to: COSINE,
    },
    {
      name: VECTORS,
      job: 'word2vec',
      settings: { learningRate: 0.1, minWordCount: 5 },
      to: defaultsName('word2vec'),
    },
    {
      name: 'fpgrowth, lower support',
      job: 'fpgrowth',
      settings: { minSupport: 0.001, minConfidence: 0.1, minInterest: 0.05, maxItemSetSize: 2 },
      to: defaultsName('fpgrowth'),
    },
    ...Object.entries(found)
      .filter(([name]) => isOurs(name))
      .map(([job, { settings }]) => ({
        name: tunedName(job),
        job,
        settings,
        to: defaultsName(job),
      })),
    ...(gensim === undefined ? [] : [likeGensim(gensim)]),
  ];
}
