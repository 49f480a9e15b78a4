/**
 * Kernels of implicit ALS (Hu, Koren and Volinsky 2008) in AssemblyScript. `shared/kernels/half-sweep.ts` calls them.
 *
 * A row's solution depends only on its own neighbours and their order, never on the other rows of its block.
 */
import { rotate } from './dense';
import { addProductsInDouble, PANEL_IN_DOUBLE, widen } from './dense-double';
import { solveExactly } from './exact';
import { improve } from './pcg';
import {
  eigenvectors,
  fixed,
  n,
  place,
  pointers,
  positives,
  scores,
  scratch,
  setN,
  solution,
  stride,
  tally,
} from './problem';
import { dotInDouble } from './simd';

export { place };

/** Sums over the rows of the last block, in row order: of the objective, and of n |x|². */
export let objective: f64 = 0;
export let regularization: f64 = 0;

/** Expresses the fixed rows in the basis of eigenvectors, for PCG. */
export function rotateFixed(rows: i32): void {
  rotate(fixed, rows, eigenvectors, stride, scratch);
}

/**
 * Solves the rows of a block, or improves them by PCG. Returns the first row that has no finite solution, or -1. The exact
 * solution of a row without a positive score is zero; such a row adds nothing to the sums.
 *
 * @param countsGiven true when memory holds n of each row; otherwise n is the number of the row's positive scores
 */
export function solve(rows: i32, exact: bool, countsGiven: bool): i32 {
  objective = 0;
  regularization = 0;
  if (!exact) rotate(solution, rows, eigenvectors, stride, scratch);
  for (let u = 0; u < rows; u++) {
    const pointer = pointers + ((<usize>u) << 2);
    const start = <usize>load<u32>(pointer);
    const count = <i32>(<usize>load<u32>(pointer, 4) - start);
    const x = solution + <usize>u * stride;
    tally(scores + (start << 2), count);
    if (positives == 0) {
      memory.fill(x, 0, stride);
      continue;
    }
    setN(u, countsGiven);
    const share = exact ? solveExactly(start, count, x) : improve(start, count, x);
    const norm = dotInDouble(x, x, stride);
    if (!isFinite<f64>(share + norm)) return u;
    objective += share;
    regularization += n * norm;
  }
  if (!exact) rotate(solution, rows, eigenvectors + (stride >> 2) * stride, stride, scratch);
  return -1;
}

/**
 * Writes the sum of y yᵀ over `rows` float32 rows of `rowStride` bytes to the upper triangle of `matrix` (kp,kp), float64.
 * Products of float32 are exact in float64, so every processor gives the same bits. `panel` has room for PANEL_IN_DOUBLE
 * float64 rows.
 */
export function gramLeaf(at: usize, rows: i32, matrix: usize, rowStride: usize, panel: usize): void {
  const wide = rowStride << 1;
  memory.fill(matrix, 0, (rowStride >> 2) * wide);
  for (let done = 0; done < rows; done += PANEL_IN_DOUBLE) {
    const count = min(PANEL_IN_DOUBLE, rows - done);
    widen(at + <usize>done * rowStride, count * <i32>(rowStride >> 2), panel);
    addProductsInDouble(panel, panel, count, matrix, wide);
  }
}

/** Returns a × b + c as the kernels compute it: the hardware rounds it once or twice. */
export function multiplyAdd(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(f32x4.relaxed_madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
}
