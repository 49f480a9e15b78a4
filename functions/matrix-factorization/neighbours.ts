/**
 * Finds the items whose factors point in the same direction. The original's server does not ask this of the model, so the measure
 * is the one that it takes for the vectors of word2vec.
 */
import { neighboursByCosine } from '../../shared/answers/cosine-neighbours.ts';
import type { Neighbours } from '../../shared/answers/ranking.ts';
import { vectorFile } from './file-names.ts';
import { needsPositive } from './needs.ts';

export const neighbours: Neighbours = {
  measure: 'cosine',
  similar: (model, item, count) => neighboursByCosine(model, vectorFile(model, 'items'), item, count),
  needs: (settings) => needsPositive('an item', settings),
};
