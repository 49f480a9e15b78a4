/**
 * A basis in which inner products are mostly decided by their first dimensions.
 *
 * *K rank, Kp padded rank, x a user, y an item.* For A Bᵀ = 1 the inner product of x A and y B is that of x and y. A and B are
 * chosen so that both Gram matrices become the same diagonal matrix, with falling elements. With the users' Gram matrix
 * P = L Lᵀ, the items' Q, and the eigenvalues S² and eigenvectors V of Lᵀ Q L:
 *
 *     A = L⁻ᵀ V S^½        B = L V S^−½        Aᵀ P A = S = Bᵀ Q B
 *
 * In control theory this is the balanced realization of Moore (1981), with Gram matrices in place of Gramians.
 *
 * **What rounding may do.** Let u = 2^-24 and |x|, |xA| the lengths before and after. The score, added up in float32, differs
 * from the inner product by at most (K + 1) u |x| |y|. The sums of turned factors differ by at most (K + 6) u |xA| |yB|, for
 * rounding the factors, multiplying and adding. Turning in float64 differs by `residual` × |x| |y|, which is computed here. With
 * any weight w > 0, Cauchy and Schwarz cover both products by one:
 *
 *     |x| |y| + |xA| |yB| ≤ √(w |x|² + |xA|²) √(|y|² / w + |yB|²)
 *
 * So rounding counts as one further coordinate of both vectors: √slack times these roots.
 */
import { eigenSymmetric } from './eigen.ts';
import { paddedLength } from './memory-layout.ts';

/** How the vectors of one side are turned. */
export interface Turn {
  /** (Kp,Kp) row-major; rows and columns past K are 0. */
  readonly matrix: Float64Array;
  /** The weight of a square of a given factor beside a square of a turned one: w for users, 1 / w for items. */
  readonly weight: number;
}

export interface BalancedBasis {
  readonly users: Turn;
  readonly items: Turn;
  /** The share of both lengths that covers rounding. */
  readonly slack: number;
}

const HALF_LAST_BIT = 2 ** -24;
const HALF_LAST_BIT_OF_DOUBLE = 2 ** -53;
/** Added to the diagonal of a Gram matrix, as a share of its mean element, so that it can be inverted. */
const RIDGE = 1e-6;
/** Eigenvalues below this share of the largest count as so large, so that no column of B grows without bound. */
const LEAST_EIGENVALUE = 1e-12;
/** Elements off the diagonal below this share of the trace stay. The basis need not be exact to be of use. */
const NEGLIGIBLE = 1e-6;
/** With a larger residual the bounds would drop nothing. */
const LARGEST_RESIDUAL = 1e-4;
/** Traces above it come from vectors that are not finite or huge. Their products would pass what float64 holds. */
const LARGEST_TRACE = 2 ** 200;

/**
 * Returns the balanced basis of two Gram matrices (K,K), or the given basis when there is none: when a matrix is 0, not finite, or
 * too far from regular.
 */
export function balancedBasis(userGram: Float64Array, itemGram: Float64Array, rank: number): BalancedBasis {
  const traces = [traceOf(userGram, rank), traceOf(itemGram, rank)];
  if (!traces.every((trace) => trace > 0 && trace < LARGEST_TRACE)) return givenBasis(rank);
  const lower = cholesky(userGram, rank, (RIDGE * traces[0]!) / rank);
  const { values, vectors } = eigenSymmetric(congruent(lower, itemGram, rank), rank, NEGLIGIBLE);
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  const least = LEAST_EIGENVALUE * values[order[0]!]!;
  if (!(least > 0)) return givenBasis(rank);
  const a = new Float64Array(rank * rank);
  const b = new Float64Array(rank * rank);
  for (const [column, j] of order.entries()) {
    const root = Math.max(values[j]!, least) ** 0.25;
    const v = vectors.subarray(j * rank, (j + 1) * rank);
    const up = solveTransposed(lower, v, rank);
    for (let k = 0; k < rank; k++) {
      a[k * rank + column] = up[k]! * root;
      let sum = 0;
      for (let l = 0; l <= k; l++) sum += lower[k * rank + l]! * v[l]!;
      b[k * rank + column] = sum / root;
    }
  }
  const residual = residualOf(a, b, rank);
  if (!(residual < LARGEST_RESIDUAL)) return givenBasis(rank);
  // The turned squares of all users have the sum Σ S, which is √ of the eigenvalues. With this weight the given ones have it too.
  const weight = values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0) / traces[0]!;
  return basisOf(a, b, rank, weight, residual);
}

/** The basis in which the vectors are given. */
function givenBasis(rank: number): BalancedBasis {
  const identity = new Float64Array(rank * rank);
  for (let k = 0; k < rank; k++) identity[k * rank + k] = 1;
  return basisOf(identity, identity, rank, 1, 0);
}

function basisOf(a: Float64Array, b: Float64Array, rank: number, weight: number, residual: number): BalancedBasis {
  return {
    users: { matrix: padded(a, rank), weight },
    items: { matrix: padded(b, rank), weight: 1 / weight },
    // Twice K + 6 covers both sums. The rest covers what the bounds themselves lose in float32.
    slack: (2 * rank + 32) * HALF_LAST_BIT + residual,
  };
}

function padded(matrix: Float64Array, rank: number): Float64Array {
  const kp = paddedLength(rank);
  const rows = new Float64Array(kp * kp);
  for (let k = 0; k < rank; k++) rows.set(matrix.subarray(k * rank, (k + 1) * rank), k * kp);
  return rows;
}

function traceOf(matrix: Float64Array, rank: number): number {
  let trace = 0;
  for (let k = 0; k < rank; k++) trace += matrix[k * rank + k]!;
  return trace;
}

/** Returns the lower triangle L of matrix + ridge = L Lᵀ. */
function cholesky(matrix: Float64Array, rank: number, ridge: number): Float64Array {
  const lower = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * rank + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * rank + k]! * lower[j * rank + k]!;
      lower[i * rank + j] = i === j ? Math.sqrt(sum) : sum / lower[j * rank + j]!;
    }
  }
  return lower;
}

/** Returns Lᵀ M L. */
function congruent(lower: Float64Array, matrix: Float64Array, rank: number): Float64Array {
  const right = new Float64Array(rank * rank);
  const both = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let k = 0; k < rank; k++) {
      const value = matrix[i * rank + k]!;
      for (let j = 0; j <= k; j++) right[i * rank + j]! += value * lower[k * rank + j]!;
    }
  }
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i <= k; i++) {
      const value = lower[k * rank + i]!;
      for (let j = i; j < rank; j++) both[i * rank + j]! += value * right[k * rank + j]!;
    }
  }
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < i; j++) both[i * rank + j] = both[j * rank + i]!;
  }
  return both;
}

/** Returns the solution of Lᵀ x = v. */
function solveTransposed(lower: Float64Array, v: Float64Array, rank: number): Float64Array {
  const x = v.slice();
  for (let k = rank - 1; k >= 0; k--) {
    let sum = x[k]!;
    for (let l = k + 1; l < rank; l++) sum -= lower[l * rank + k]! * x[l]!;
    x[k] = sum / lower[k * rank + k]!;
  }
  return x;
}

/**
 * Returns a share of |x| |y| by which the inner products of turned and of given vectors may differ: the length of A Bᵀ − 1,
 * and what float64 may lose where that length is computed and where vectors are turned.
 */
function residualOf(a: Float64Array, b: Float64Array, rank: number): number {
  let square = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      let product = i === j ? -1 : 0;
      for (let k = 0; k < rank; k++) product += a[i * rank + k]! * b[j * rank + k]!;
      square += product * product;
      squareA += a[i * rank + j]! ** 2;
      squareB += b[i * rank + j]! ** 2;
    }
  }
  return Math.sqrt(square) + 8 * (rank + 1) * HALF_LAST_BIT_OF_DOUBLE * Math.sqrt(squareA * squareB);
}
