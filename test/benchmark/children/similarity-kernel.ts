/** Runs the project's similarity kernel on one thread over users' rows in memory. Numbering items by popularity counts too. */
import { defined } from '../../../shared/defined.ts';
import { bestPartners } from '../../../shared/kernels/similarity.ts';
import { chanceOf, gammaOf, weightOf } from '../../../shared/kernels/similarity-sampling.ts';
import { readScores } from '../matrix.ts';
import { timed } from '../measure.ts';

export interface SimilarityRun {
  /** The folder of `users.*`. */
  readonly folder: string;
  readonly items: number;
  readonly limit: number;
  /** The threshold of DIMSUM; 0 for exact similarities. */
  readonly threshold: number;
}

const { folder, items, limit, threshold } = JSON.parse(process.argv[2]!) as SimilarityRun;
const { ptr, idx } = readScores(`${folder}/users`);
const users = Float64Array.from({ length: ptr.length - 1 }, (_, user) => user + 1);
let sum = 0;

const measurement = await timed(() => {
  const counts = new Uint32Array(items);
  for (let pair = 0; pair < idx.length; pair++) counts[idx[pair]!]!++;
  const order = Uint32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const numbers = new Uint32Array(items);
  for (let number = 0; number < items; number++) numbers[order[number]!] = number;
  // Two transpositions order each user's numbers, which takes less time than sorting.
  const next = new Uint32Array(items + 1);
  for (let number = 0; number < items; number++) next[number + 1] = next[number]! + counts[order[number]!]!;
  const ends = next.slice(1);
  const usersOf = new Uint32Array(idx.length);
  for (let user = 0; user < users.length; user++) {
    for (let pair = ptr[user]!; pair < ptr[user + 1]!; pair++) usersOf[next[numbers[idx[pair]!]!]!++] = user;
  }
  const rows = new Uint16Array(idx.length);
  const filled = ptr.slice();
  for (let number = 0, at = 0; number < items; number++) {
    for (; at < ends[number]!; at++) rows[filled[usersOf[at]!]!++] = number;
  }

  const gamma = gammaOf(items, threshold);
  const ones = Uint32Array.from(order, (item) => counts[item]!);
  const { sims } = bestPartners(
    defined({
      ids: Float64Array.from(order),
      weights: Float64Array.from(ones, (count) => weightOf(count, gamma)),
      rows: items,
      rowPairs: true,
      limit,
      sampling: Number.isFinite(gamma)
        ? { seed: 1, chances: Int32Array.from(ones, (count) => chanceOf(count, gamma)) }
        : undefined,
    }),
    { users, offsets: ptr, items: rows },
  );
  for (let index = 0; index < sims.length; index++) sum += sims[index]!;
});
process.stdout.write(`${JSON.stringify({ ...measurement, sum })}\n`);
