/** The scorers of the jobs whose models are evaluated. */
import type { Scorer } from '../../shared/evaluation/scorer.ts';
import { scorer as rules } from '../fpgrowth/scorer.ts';
import { scorer as factors } from '../matrix-factorization/scorer.ts';
import { scorer as similarities } from '../similar-items/scorer.ts';
import { scorer as vectors } from '../word2vec/scorer.ts';

/** By job. */
export const SCORERS: readonly Scorer[] = [rules, factors, similarities, vectors];

export const scorerOf = (job: string): Scorer => SCORERS.find((scorer) => scorer.job === job) as Scorer;
