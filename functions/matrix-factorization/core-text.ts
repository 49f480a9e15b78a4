/** Factors as text: a line a row, by ascending id. */
import { paddedRank } from '../../shared/kernels/als.ts';
import { FactorTextWriter } from '../../shared/model/factor-text.ts';

/** @param ids (R) @param factors (R, stride) */
export function factorLines(ids: Float64Array, factors: Float32Array, rank: number): Uint8Array {
  const stride = paddedRank(rank);
  const order = Uint32Array.from(ids.keys()).sort((a, b) => (ids[a] as number) - (ids[b] as number));
  const text = new FactorTextWriter();
  for (const row of order) text.row(ids[row] as number, factors, row * stride, rank);
  return text.take();
}
