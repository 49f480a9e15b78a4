/** Trains factors by the project's ALS kernel (`test/helpers/train-factors.ts`) over scores in memory, and writes them. */
import { writeFileSync } from 'node:fs';
import { published, startFactors, type Training, trainFactors, unpadded } from '../../helpers/train-factors.ts';
import { readScores } from '../matrix.ts';
import { timed } from '../measure.ts';

export interface KernelRun extends Training {
  /** The folder of `users.*` and `items.*`. */
  readonly folder: string;
  /** The files for the factors, (rows,K) float32; left out to write none. */
  readonly factors?: { readonly users: string; readonly items: string };
  /** True to write the factors with the digits that are published. */
  readonly published?: boolean;
}

const run = JSON.parse(process.argv[2]!) as KernelRun;
const scores = { users: readScores(`${run.folder}/users`), items: readScores(`${run.folder}/items`) };
const factors = startFactors(scores, run.rank);

const measurement = await timed(() => trainFactors(scores, factors, run));
if (run.factors) {
  for (const side of ['users', 'items'] as const) {
    const rows = unpadded(factors[side], run.rank);
    writeFileSync(run.factors[side], run.published ? published(rows) : rows);
  }
}
process.stdout.write(`${JSON.stringify(measurement)}\n`);
