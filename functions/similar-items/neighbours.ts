/** Finds the items of the published rows that have an item in them, in both directions as the serving query does. */
import { Best } from '../../shared/answers/best.ts';
import { NearestIds } from '../../shared/answers/nearest.ts';
import type { Neighbours } from '../../shared/answers/ranking.ts';
import { similarityIn } from '../../shared/evaluation/similarity-lines.ts';

export const neighbours: Neighbours = {
  measure: 'similarity',
  async similar(model, item, count) {
    const best = new Best<number>(count);
    const nearest = new NearestIds(item);
    for (const part of model.parts()) {
      await model.lines(part, (buffer, start, end) => {
        const { item1, item2, similarity } = similarityIn(buffer.toString('latin1', start, end));
        if (item1 === item) best.offer(item2, similarity);
        else if (item2 === item) best.offer(item1, similarity);
        else {
          nearest.offer(item1);
          nearest.offer(item2);
        }
      });
    }
    return best.list.length > 0 ? { isKnown: true, best: best.list } : { isKnown: false, nearest: nearest.ids };
  },
  needs: ({ unit, minUsersPerItem }) => {
    const row = unit === 'session' ? 'session' : 'user';
    const least = Number(minUsersPerItem) > 1 ? `, and at least ${minUsersPerItem} ${row}s (minUsersPerItem)` : '';
    return `an item needs a ${row} in common with another item${least}`;
  },
};
