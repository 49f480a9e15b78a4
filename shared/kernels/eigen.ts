/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
 * Computations", section 8.5), in + - × ÷ √ of float64 alone: the same bits on every platform.
 */
import { NumericalError } from '../errors.ts';

/** *K rank.* The matrix is Σ_j values[j] v_j v_jᵀ. */
export interface Eigen {
  /** (K), in no order; those that rounding left below 0 are 0: the matrix is a Gram matrix. */
  readonly values: Float64Array;
  /** (K,K), row j is the unit eigenvector v_j of values[j]. */
  readonly vectors: Float64Array;
}

/** Elements off the diagonal below this share of the trace count as 0: far below what float32 factors can tell. */
const NEGLIGIBLE = 1e-14;
/** Convergence is quadratic after the first few: ten are usual for 256 rows. */
const MAX_SWEEPS = 60;

/**
 * `gram` is (K,K), symmetric, not negative definite; it is left as it is.
 *
 * @throws NumericalError where it is not finite
 */
export function eigenSymmetric(gram: Float64Array, rank: number): Eigen {
  const a = gram.slice();
  const vectors = new Float64Array(rank * rank);
  let trace = 0;
  for (let i = 0; i < rank; i++) {
    vectors[i * rank + i] = 1;
    trace += a[i * rank + i]!;
  }
  if (!a.every(Number.isFinite)) {
    throw new NumericalError('ALS: the factors have grown beyond what single precision holds: increase lambda');
  }
  const negligible = NEGLIGIBLE * trace;
  for (let sweep = 0; rotateAll(a, vectors, rank, negligible); sweep++) {
    if (sweep === MAX_SWEEPS) {
      throw new NumericalError(
        `ALS: no eigenvectors after ${MAX_SWEEPS} Jacobi sweeps at rank ${rank}: increase lambda`,
      );
    }
  }
  const values = Float64Array.from({ length: rank }, (_, i) => Math.max(a[i * rank + i]!, 0));
  return { values, vectors };
}

/** One rotation for each pair that is not negligible, row by row; false where there was none. */
function rotateAll(a: Float64Array, vectors: Float64Array, rank: number, negligible: number): boolean {
  let rotated = false;
  for (let p = 0; p < rank - 1; p++) {
    for (let q = p + 1; q < rank; q++) {
      if (Math.abs(a[p * rank + q]!) <= negligible) continue;
      rotated = true;
      rotatePair(a, vectors, rank, p, q);
    }
  }
  return rotated;
}

/** A ← JᵀA J with the rotation J of the plane (p,q) that makes a_pq zero; the same turn for the eigenvectors. */
function rotatePair(a: Float64Array, vectors: Float64Array, rank: number, p: number, q: number): void {
  const rowP = p * rank;
  const rowQ = q * rank;
  const app = a[rowP + p]!;
  const aqq = a[rowQ + q]!;
  const apq = a[rowP + q]!;
  const theta = (aqq - app) / (2 * apq);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(tangent * tangent + 1);
  const s = tangent * c;
  for (let i = 0; i < rank; i++) {
    const ap = a[rowP + i]!;
    const aq = a[rowQ + i]!;
    // The matrix stays symmetric: columns p and q are the rows just turned.
    a[rowP + i] = a[i * rank + p] = c * ap - s * aq;
    a[rowQ + i] = a[i * rank + q] = s * ap + c * aq;
    const vp = vectors[rowP + i]!;
    const vq = vectors[rowQ + i]!;
    vectors[rowP + i] = c * vp - s * vq;
    vectors[rowQ + i] = s * vp + c * vq;
  }
  a[rowP + p] = app - tangent * apq;
  a[rowQ + q] = aqq + tangent * apq;
  a[rowP + q] = a[rowQ + p] = 0;
}
