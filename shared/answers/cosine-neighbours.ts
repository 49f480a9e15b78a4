/**
 * Finds the items whose vectors have the largest cosine with an item's vector. Cosines are computed in float64 from the published
 * numbers. A vector of length zero has no direction, so it is like no other.
 */
import { eachVector, type VectorFile } from '../evaluation/each-vector.ts';
import type { PublishedModel } from '../evaluation/published-model.ts';
import { Best } from './best.ts';
import { NearestIds } from './nearest.ts';
import type { Ranking } from './ranking.ts';

export async function neighboursByCosine(
  model: PublishedModel,
  file: VectorFile,
  item: number,
  count: number,
): Promise<Ranking> {
  const own = new Float32Array(file.size);
  const nearest = new NearestIds(item);
  let isKnown = false;
  await eachVector(model, file, (id, read) => {
    nearest.offer(id);
    if (id !== item) return;
    read(own);
    isKnown = true;
  });
  if (!isKnown) return { isKnown, nearest: nearest.ids };
  const other = new Float32Array(file.size);
  const ownLength = Math.sqrt(product(own, own));
  const best = new Best<number>(count);
  await eachVector(model, file, (id, read) => {
    if (id === item) return;
    read(other);
    // Zero by zero is no number, and such a score is in no list.
    best.offer(id, product(own, other) / (ownLength * Math.sqrt(product(other, other))));
  });
  return { isKnown, best: best.list };
}

/** Returns the inner product in float64, summed in the order of the dimensions. */
function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let f = 0; f < a.length; f++) sum += a[f]! * b[f]!;
  return sum;
}
