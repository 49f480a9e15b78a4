/** The natural logarithm in plain arithmetic: Math.log may differ in its last bit between platforms. */

/** 1/21, 1/19, …, 1. For |t| ≤ 0.172 the first term left out, t^22 / 23, is below 1e-18. */
const ODD_PARTS = Float64Array.from({ length: 11 }, (_, term) => 1 / (21 - 2 * term));

/**
 * Returns ln s for 0 < s < 1 with a relative error below 1e-14.
 *
 * ln(m 2^e) = e ln 2 + 2 artanh((m - 1) / (m + 1)), with √½ ≤ m < √2.
 */
export function naturalLog(s: number): number {
  let exponent = 0;
  let m = s;
  for (; m < Math.SQRT1_2; m *= 2) exponent--;
  const t = (m - 1) / (m + 1);
  const square = t * t;
  let series = 0;
  for (let term = 0; term < ODD_PARTS.length; term++) series = series * square + ODD_PARTS[term]!;
  return exponent * Math.LN2 + 2 * t * series;
}
