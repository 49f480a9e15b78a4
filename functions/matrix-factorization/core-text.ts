/** Factors as text: one line `<id>|<f1>,<f2>,…` for each row, by ascending id. */
import { ascending } from '../../shared/columns/counting-sort.ts';
import { paddedRank } from '../../shared/kernels/als.ts';
import { FactorTextWriter } from '../../shared/model/factor-text.ts';

/** *R rows, stride: the padded rank.* @param ids (R), in any order @param factors (R, stride) */
export function factorLines(ids: Float64Array, factors: Float32Array, rank: number): Uint8Array {
  const stride = paddedRank(rank);
  const text = new FactorTextWriter();
  for (const row of ascending(ids)) text.row(ids[row]!, factors, row * stride, rank);
  return text.take();
}
