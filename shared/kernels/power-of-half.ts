/** 2^−x in plain arithmetic: `Math.pow` may differ in its last bit between platforms. */

/** 1/17!, 1/16!, …, 1/1!, 1. The first term left out, ln(2)^18 / 18!, is below 1e-18. */
const TERMS = 18;
const FACTORIAL_PARTS = new Float64Array(TERMS);
for (let term = 0, factorial = 1; term < TERMS; factorial *= ++term) FACTORIAL_PARTS[TERMS - 1 - term] = 1 / factorial;

/** The most halvings at once: 2^30 is an integer of 32 bits. */
const AT_ONCE = 30;

/** Returns 2^−x for x ≥ 0. */
export function powerOfHalf(x: number): number {
  let whole = Math.floor(x);
  const exponent = -Math.LN2 * (x - whole);
  let series = 0;
  for (let term = 0; term < TERMS; term++) series = series * exponent + FACTORIAL_PARTS[term]!;
  for (; whole > AT_ONCE; whole -= AT_ONCE) series /= 1 << AT_ONCE;
  return series / (1 << whole);
}
