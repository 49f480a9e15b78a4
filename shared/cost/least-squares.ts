/** Non-negative least squares for a few unknowns. */

const SWEEPS = 5_000;

/**
 * Returns the coefficients c ≥ 0 (K) that minimize the relative error Σ ((row · c − y) / y)². The method is coordinate descent,
 * so among equal columns the first one gets the weight.
 *
 * @param rows (N × K)
 * @param ys (N)
 */
export function nonNegativeFit(rows: readonly (readonly number[])[], ys: readonly number[]): number[] {
  const largest = Math.max(0, ...ys.map(Math.abs));
  const weights = ys.map((y) => 1 / Math.max(Math.abs(y), largest * 1e-3, Number.MIN_VALUE) ** 2);
  const fitted = new Array<number>(rows[0]?.length ?? 0).fill(0);
  if (largest === 0) return fitted;
  const residuals = [...ys];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let column = 0; column < fitted.length; column++) {
      let projection = 0;
      let squaredNorm = 0;
      for (const [at, row] of rows.entries()) {
        const x = row[column]!;
        projection += weights[at]! * x * residuals[at]!;
        squaredNorm += weights[at]! * x * x;
      }
      if (squaredNorm === 0) continue;
      const before = fitted[column]!;
      const after = Math.max(0, before + projection / squaredNorm);
      for (const [at, row] of rows.entries()) {
        residuals[at] = residuals[at]! - (after - before) * row[column]!;
      }
      fitted[column] = after;
    }
  }
  return fitted;
}
