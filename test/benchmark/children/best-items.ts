/** Finds the best items of every user by the project's kernel on one thread, with factors in memory, and writes the lists. */
import { writeFileSync } from 'node:fs';
import { BestItems } from '../../../shared/kernels/best-items.ts';
import { bytesIn, readScores } from '../matrix.ts';
import { timed } from '../measure.ts';

export interface BestItemsRun {
  /** The folder of `users.*`, whose pairs are left out. */
  readonly folder: string;
  /** The files of the factors as published, (rows,K) float32. */
  readonly factors: { readonly users: string; readonly items: string };
  readonly rank: number;
  readonly count: number;
  /** The times that all users are gone through. */
  readonly times: number;
  /** The files for the lists of the first time: (U,N) indexes as uint32, and (U,N) scores as float32. */
  readonly lists: { readonly items: string; readonly scores: string };
}

/** The users of a call, as a job would take them. */
const BLOCK_USERS = 8_192;

const run = JSON.parse(process.argv[2]!) as BestItemsRun;
const { ptr, idx } = readScores(`${run.folder}/users`);
const users = new Float32Array(bytesIn(run.factors.users));
const items = new Float32Array(bytesIn(run.factors.items));
const ids = Float64Array.from({ length: items.length / run.rank }, (_, item) => item + 1);
const lists = {
  items: new Uint32Array((ptr.length - 1) * run.count),
  scores: new Float32Array((ptr.length - 1) * run.count),
};
let multiplications = 0;

const measurement = await timed(() => {
  const best = BestItems.of(ids, items, run.rank);
  for (let time = 0; time < run.times; time++) {
    for (let from = 0; from + 1 < ptr.length; from += BLOCK_USERS) {
      const end = Math.min(from + BLOCK_USERS, ptr.length - 1);
      const seen = { starts: ptr.subarray(from, end + 1), items: idx };
      const block = best.best(users.subarray(from * run.rank, end * run.rank), seen, run.count);
      lists.items.set(block.items, from * run.count);
      lists.scores.set(block.scores, from * run.count);
    }
  }
  multiplications = best.multiplications;
});
writeFileSync(run.lists.items, lists.items);
writeFileSync(run.lists.scores, lists.scores);
const share = multiplications / (users.length * ids.length * run.times);
process.stdout.write(`${JSON.stringify({ ...measurement, share })}\n`);
