/**
 * The Gram matrix YᵀY of some rows.
 *
 * *K rank, Kp padded rank.* Rows are cut into leaves of 256 (the last may be shorter). A leaf's matrix is summed in float64,
 * row after row; leaves are added in float64, in order. Over the blocks of a side their matrices are added up a tree of fixed
 * shape by whoever knows the blocks, so that no shard changes a bit.
 */
import {
  type AlsExports,
  DOUBLE_BYTES,
  FLOAT_BYTES,
  instantiateAls,
  PAGE_BYTES,
  PANEL_IN_DOUBLE,
  paddedRank,
} from './als-instance.ts';

export const GRAM_LEAF_ROWS = 256;

/** The Gram matrix, (K,K) symmetric, of rows (R,Kp); zero where there are none. */
export function gramOf(rows: Float32Array, rank: number): Float64Array {
  const leaf = GRAM_LEAF_ROWS * paddedRank(rank);
  const sum = new Float64Array(rank * rank);
  for (let start = 0; start < rows.length; start += leaf) {
    const matrix = gramLeaf(rows.subarray(start, start + leaf), rank);
    for (let i = 0; i < sum.length; i++) sum[i]! += matrix[i]!;
  }
  return sum;
}

/** One memory a thread, large enough for a leaf and its matrix at any rank. */
let leafMemory: { readonly als: AlsExports; readonly buffer: ArrayBuffer } | undefined;

const LARGEST_RANK = 256;
const ROWS_AT = PAGE_BYTES;
const MATRIX_AT = ROWS_AT + GRAM_LEAF_ROWS * LARGEST_RANK * FLOAT_BYTES;
const PANEL_AT = MATRIX_AT + LARGEST_RANK * LARGEST_RANK * DOUBLE_BYTES;
const END = PANEL_AT + PANEL_IN_DOUBLE * LARGEST_RANK * DOUBLE_BYTES;

/** The matrix (K,K) of at most 256 rows (R,Kp). */
function gramLeaf(rows: Float32Array, rank: number): Float64Array {
  if (leafMemory === undefined) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(END / PAGE_BYTES) });
    leafMemory = { als: instantiateAls(memory), buffer: memory.buffer };
  }
  const { als, buffer } = leafMemory;
  const kp = paddedRank(rank);
  new Float32Array(buffer, ROWS_AT, rows.length).set(rows);
  als.gramLeaf(ROWS_AT, rows.length / kp, MATRIX_AT, kp * FLOAT_BYTES, PANEL_AT);
  const upper = new Float64Array(buffer, MATRIX_AT, kp * kp);
  const sum = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = i; j < rank; j++) {
      const value = upper[i * kp + j]!;
      sum[i * rank + j] = value;
      sum[j * rank + i] = value;
    }
  }
  return sum;
}
