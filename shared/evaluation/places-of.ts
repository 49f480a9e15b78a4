/** The index of each of some distinct ids. */
import { IdIndex } from '../columns/id-index.ts';

/** Returns an index in which each id has its place in `ids`; other ids have -1. */
export function placesOf(ids: Float64Array): IdIndex {
  const index = new IdIndex();
  for (const id of ids) index.add(id);
  return index;
}
