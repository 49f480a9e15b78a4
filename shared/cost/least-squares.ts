/** Least squares with coefficients that are not negative, for a handful of unknowns. */

const SWEEPS = 5_000;

/**
 * The coefficients c ≥ 0 that make row · c come closest to y, in relative terms: Σ ((row · c − y) / y)². By coordinate
 * descent, so that of columns which say the same the first one is preferred.
 *
 * @param rows (N × K) @param ys (N)
 */
export function nonNegativeFit(rows: readonly (readonly number[])[], ys: readonly number[]): number[] {
  const largest = Math.max(0, ...ys.map(Math.abs));
  const weights = ys.map((y) => 1 / Math.max(Math.abs(y), largest * 1e-3, Number.MIN_VALUE) ** 2);
  const fitted = new Array<number>(rows[0]?.length ?? 0).fill(0);
  if (largest === 0) return fitted;
  const residuals = [...ys];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let column = 0; column < fitted.length; column++) {
      let along = 0;
      let length = 0;
      for (const [at, row] of rows.entries()) {
        const x = row[column]!;
        along += weights[at]! * x * residuals[at]!;
        length += weights[at]! * x * x;
      }
      if (length === 0) continue;
      const before = fitted[column]!;
      const after = Math.max(0, before + along / length);
      for (const [at, row] of rows.entries()) {
        residuals[at] = residuals[at]! - (after - before) * row[column]!;
      }
      fitted[column] = after;
    }
  }
  return fitted;
}
