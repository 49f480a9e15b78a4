/**
 * The object with the facts about the whole fixed side that a half-sweep needs: its Gram matrix, and with PCG the
 * matrix's eigenvectors. It is committed once for each iteration, before the iteration's shards start.
 */
import { type Eigen, eigenOfGram } from '../../shared/kernels/als.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { SegmentWriter } from '../../shared/store/segments.ts';
import { solverOf } from './half-sweeps.ts';
import type { FactorizationRun } from './settings.ts';

/** *K rank.* */
const GRAM = new ColumnTable({ gram: Float64Array }); // (K,K)

/** The eigenvalues and eigenvectors of the Gram matrix, in the layout of `Eigen`. *K rank.* */
const EIGEN = new ColumnTable({
  values: Float64Array, // (K)
  vectors: Float64Array, // (K,K)
});

export interface FixedSide {
  readonly gram: Float64Array;
  /** Undefined with the exact solver. */
  readonly eigen: Eigen | undefined;
}

const fixedKey = ({ work }: FactorizationRun, iteration: number): string =>
  `${work.prefix}${work.plan}/fixed/${iteration}`;

/** @param gram (K,K), or null when the fixed side has no row */
export async function commitFixed(run: FactorizationRun, iteration: number, gram: Float64Array | null): Promise<void> {
  const { rank } = run.settings;
  const writer = new SegmentWriter();
  const whole = gram ?? new Float64Array(rank * rank);
  GRAM.write(writer, { gram: whole });
  if (solverOf(run.settings, iteration) === 'pcg') EIGEN.write(writer, eigenOfGram(whole, rank));
  await run.work.commit(fixedKey(run, iteration), writer.finish());
}

export async function readFixed(run: FactorizationRun, iteration: number): Promise<FixedSide> {
  const file = await run.work.openAt(fixedKey(run, iteration));
  const { gram } = await GRAM.read(file, 'gram');
  const isPcg = solverOf(run.settings, iteration) === 'pcg';
  return { gram, eigen: isPcg ? await EIGEN.read(file, 'values', 'vectors') : undefined };
}
