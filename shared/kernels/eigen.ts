/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
 * Computations", section 8.5). Only + - × ÷ √ of float64 are used, so every platform computes the same bits.
 */
import { NumericalError } from '../errors.ts';

/** The N × N matrix is Σ_j values[j] v_j v_jᵀ. */
export interface Eigen {
  /** (N), in no order. */
  readonly values: Float64Array;
  /** (N,N), row j is the unit eigenvector v_j of values[j]. */
  readonly vectors: Float64Array;
}

/** By default, elements off the diagonal below this share of the trace count as 0. Float32 inputs cannot resolve so small a share. */
const NEGLIGIBLE = 1e-14;
/** Convergence is quadratic after the first few sweeps: ten sweeps are usual for 256 rows. */
const MAX_SWEEPS = 60;

/**
 * Returns the eigenvalues and eigenvectors of `matrix`, which is (size,size), symmetric and positive semidefinite. The
 * matrix itself is not changed.
 *
 * @param share elements off the diagonal below this share of the trace count as 0
 * @throws NumericalError when a value is not finite, or when the sweeps do not converge
 */
export function eigenSymmetric(matrix: Float64Array, size: number, share: number = NEGLIGIBLE): Eigen {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  let trace = 0;
  for (let i = 0; i < size; i++) {
    vectors[i * size + i] = 1;
    trace += a[i * size + i]!;
  }
  if (!a.every(Number.isFinite)) throw new NumericalError('the matrix has a value that is not finite');
  const negligible = share * trace;
  for (let sweep = 0; rotateAll(a, vectors, size, negligible); sweep++) {
    if (sweep === MAX_SWEEPS) {
      throw new NumericalError(`no eigenvectors of a ${size} × ${size} matrix after ${MAX_SWEEPS} Jacobi sweeps`);
    }
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors };
}

/** Rotates each pair that is not negligible, row by row. Returns false when every pair is negligible. */
function rotateAll(a: Float64Array, vectors: Float64Array, size: number, negligible: number): boolean {
  let rotated = false;
  for (let p = 0; p < size - 1; p++) {
    for (let q = p + 1; q < size; q++) {
      if (Math.abs(a[p * size + q]!) <= negligible) continue;
      rotated = true;
      rotatePair(a, vectors, size, p, q);
    }
  }
  return rotated;
}

/** A ← JᵀA J with the rotation J of the plane (p,q) that makes a_pq zero. The eigenvectors take the same rotation. */
function rotatePair(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const rowP = p * size;
  const rowQ = q * size;
  const app = a[rowP + p]!;
  const aqq = a[rowQ + q]!;
  const apq = a[rowP + q]!;
  const theta = (aqq - app) / (2 * apq);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(tangent * tangent + 1);
  const s = tangent * c;
  for (let i = 0; i < size; i++) {
    const ap = a[rowP + i]!;
    const aq = a[rowQ + i]!;
    // The matrix stays symmetric, so columns p and q get the values of the rotated rows.
    a[rowP + i] = a[i * size + p] = c * ap - s * aq;
    a[rowQ + i] = a[i * size + q] = s * ap + c * aq;
    const vp = vectors[rowP + i]!;
    const vq = vectors[rowQ + i]!;
    vectors[rowP + i] = c * vp - s * vq;
    vectors[rowQ + i] = s * vp + c * vq;
  }
  a[rowP + p] = app - tangent * apq;
  a[rowQ + q] = aqq + tangent * apq;
  a[rowP + q] = a[rowQ + p] = 0;
}
