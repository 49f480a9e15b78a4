/** Finds the items whose vectors point in the same direction, as the original's server compares them. */
import { neighboursByCosine } from '../../shared/answers/cosine-neighbours.ts';
import type { Neighbours } from '../../shared/answers/ranking.ts';
import { vectorFile } from './scorer.ts';

export const neighbours: Neighbours = {
  measure: 'cosine',
  similar: (model, item, count) => neighboursByCosine(model, vectorFile(model), item, count),
  needs: ({ minWordCount }) => `an item needs to be ${minWordCount} times in the sessions (minWordCount)`,
};
