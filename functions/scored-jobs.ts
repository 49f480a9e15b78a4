/** The jobs whose models an evaluation can score, in the order of the registry. */
export const SCORED_JOBS: readonly string[] = ['matrix-factorization', 'similar-items', 'word2vec', 'fpgrowth'];
