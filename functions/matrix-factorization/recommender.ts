/**
 * Recommends by the inner product of the published factors, as the original's server does: from 0 on, for the first to the last
 * dimension, one multiplication and one addition, each rounded to float32. *K rank.*
 */
import { Best } from '../../shared/answers/best.ts';
import { NearestIds } from '../../shared/answers/nearest.ts';
import type { Recommender } from '../../shared/answers/ranking.ts';
import { eachVector } from '../../shared/evaluation/each-vector.ts';
import { vectorFile } from './file-names.ts';
import { needsPositive } from './needs.ts';

export const recommender: Recommender = {
  async recommend(model, user, except, count) {
    const userFile = vectorFile(model, 'users');
    const factors = new Float32Array(userFile.size);
    const nearest = new NearestIds(user);
    let isKnown = false;
    await eachVector(model, userFile, (id, read) => {
      nearest.offer(id);
      if (id !== user) return;
      read(factors);
      isKnown = true;
    });
    if (!isKnown) return { isKnown, nearest: nearest.ids };
    const itemFile = vectorFile(model, 'items');
    const itemFactors = new Float32Array(itemFile.size);
    const best = new Best<number>(count);
    await eachVector(model, itemFile, (id, read) => {
      if (except.has(id)) return;
      read(itemFactors);
      best.offer(id, scoreOf(factors, itemFactors));
    });
    return { isKnown, best: best.list };
  },
  needs: (settings) => needsPositive('a user', settings),
};

/** @param user (K) @param item (K) */
function scoreOf(user: Float32Array, item: Float32Array): number {
  let score = 0;
  for (let f = 0; f < user.length; f++) score = Math.fround(score + Math.fround(user[f]! * item[f]!));
  return score;
}
