/**
 * The Gram matrix YᵀY of some factor rows, and its eigenvectors.
 *
 * *K rank, Kp padded rank.* Rows are cut into leaves of 256 (the last may be shorter). A leaf's matrix is summed in float64,
 * row after row; leaves are added in float64, in order. The caller, which knows the blocks of a side, adds their matrices
 * up a tree of fixed shape, so that the number of shards changes no bit.
 */
import { NumericalError } from '../errors.ts';
import { type AlsExports, instantiateAls, PANEL_IN_DOUBLE, paddedRank } from './als-instance.ts';
import { type Eigen, eigenSymmetric } from './eigen.ts';
import { DOUBLE_BYTES, FLOAT_BYTES, PAGE_BYTES } from './memory-layout.ts';

export const GRAM_LEAF_ROWS = 256;

/**
 * Returns the eigenvalues and eigenvectors of the Gram matrix `gram` (K,K). A Gram matrix has no negative eigenvalue, so
 * those that rounding left below 0 are 0.
 *
 * @throws NumericalError when the factors have grown too large
 */
export function eigenOfGram(gram: Float64Array, rank: number): Eigen {
  try {
    const { values, vectors } = eigenSymmetric(gram, rank);
    return { values: values.map((value) => Math.max(value, 0)), vectors };
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    throw new NumericalError(
      `ALS: the factors have grown beyond what single precision holds (${error.message}): increase lambda`,
    );
  }
}

/** Returns the Gram matrix, (K,K) and symmetric, of rows (R,Kp). Without rows it is zero. */
export function gramOf(rows: Float32Array, rank: number): Float64Array {
  const leaf = GRAM_LEAF_ROWS * paddedRank(rank);
  const sum = new Float64Array(rank * rank);
  for (let start = 0; start < rows.length; start += leaf) {
    const matrix = gramLeaf(rows.subarray(start, start + leaf), rank);
    for (let i = 0; i < sum.length; i++) sum[i]! += matrix[i]!;
  }
  return sum;
}

/** Where a leaf's rows, its matrix and the kernel's panel lie in a memory. */
interface LeafMemory {
  readonly als: AlsExports;
  readonly buffer: ArrayBuffer;
  /** The largest padded rank that the memory has room for. */
  readonly room: number;
  readonly matrixAt: number;
  readonly panelAt: number;
}

/** Each thread has one memory, which is large enough for every rank of a factorization. */
let leafMemory: LeafMemory | undefined;

/** Vectors of other models may be longer. They get a larger memory. */
const LARGEST_RANK = 256;
const ROWS_AT = PAGE_BYTES;

function memoryFor(kp: number): LeafMemory {
  if (leafMemory !== undefined && leafMemory.room >= kp) return leafMemory;
  const room = Math.max(kp, LARGEST_RANK);
  const matrixAt = ROWS_AT + GRAM_LEAF_ROWS * room * FLOAT_BYTES;
  const panelAt = matrixAt + room * room * DOUBLE_BYTES;
  const pages = Math.ceil((panelAt + PANEL_IN_DOUBLE * room * DOUBLE_BYTES) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  leafMemory = { als: instantiateAls(memory), buffer: memory.buffer, room, matrixAt, panelAt };
  return leafMemory;
}

/** Returns the matrix (K,K) of at most 256 rows (R,Kp). */
function gramLeaf(rows: Float32Array, rank: number): Float64Array {
  const kp = paddedRank(rank);
  const { als, buffer, matrixAt, panelAt } = memoryFor(kp);
  new Float32Array(buffer, ROWS_AT, rows.length).set(rows);
  als.gramLeaf(ROWS_AT, rows.length / kp, matrixAt, kp * FLOAT_BYTES, panelAt);
  const upper = new Float64Array(buffer, matrixAt, kp * kp);
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
