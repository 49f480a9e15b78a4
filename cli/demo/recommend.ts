/** Recommends from published factors, as the serving system does: the products with the largest inner product. */
import { parseFactors } from '../../shared/model/factor-text.ts';
import { openStore } from '../../shared/store/open-store.ts';

export interface Factors {
  readonly rank: number;
  /** Id → row of `factors`, (rows, rank). */
  readonly rows: ReadonlyMap<number, number>;
  readonly ids: Float64Array;
  readonly factors: Float32Array;
}

export interface Model {
  readonly users: Factors;
  readonly items: Factors;
}

/** @param location an activated location, or an output folder */
export async function readModel(location: string): Promise<Model> {
  const store = await openStore(location);
  const read = async (name: string): Promise<Factors> => {
    const { ids, factors, rank } = parseFactors((await store.get(name)).bytes);
    return { ids, factors, rank, rows: new Map([...ids].map((id, row) => [id, row])) };
  };
  return { users: await read('userFeatures.txt'), items: await read('productFeatures.txt') };
}

/** Returns the `count` best products for a user, without those in `except`, best first; none for an unknown user. */
export function recommend({ users, items }: Model, user: number, except: ReadonlySet<number>, count: number): number[] {
  const row = users.rows.get(user);
  if (row === undefined) return [];
  const { rank } = users;
  const vector = users.factors.subarray(row * rank, (row + 1) * rank);
  const scores = new Float64Array(items.ids.length);
  for (let item = 0, at = 0; item < scores.length; item++) {
    let score = 0;
    for (let factor = 0; factor < rank; factor++) score += vector[factor]! * items.factors[at++]!;
    scores[item] = score;
  }
  return best(items.ids, scores, except, count);
}

/** Returns ids by descending score (ties: the smaller id), without those in `except`. */
export function best(
  ids: ArrayLike<number>,
  scores: ArrayLike<number>,
  except: ReadonlySet<number>,
  count: number,
): number[] {
  const top: { id: number; score: number }[] = [];
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at]!;
    const score = scores[at]!;
    if (top.length === count && score <= (top.at(-1) as { score: number }).score) continue;
    if (except.has(id)) continue;
    let place = top.length;
    while (place > 0 && (top[place - 1] as { score: number }).score < score) place--;
    top.splice(place, 0, { id, score });
    if (top.length > count) top.pop();
  }
  return top.map(({ id }) => id);
}
