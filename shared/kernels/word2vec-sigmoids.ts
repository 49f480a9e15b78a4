/** The table of the sigmoid that word2vec's kernel reads, in plain arithmetic: Math.exp may differ between platforms. */

/** Entries over (-6, 6). One more is never met but by rounding. */
const ENTRIES = 1000;
const MAX_LOGIT = 6;

/** sigmoid(x) at the middle of each entry's range, float32. */
export function sigmoids(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: ENTRIES + 1 }, (_, entry) => {
    const logit = ((entry + 0.5) / ENTRIES) * 2 * MAX_LOGIT - MAX_LOGIT;
    return 1 / (1 + exponential(-logit));
  });
}

/** e^x for |x| ≤ 7 by (e^(x / 64))^64: the first term left out is below 1e-17, so it is within 1e-14 relatively. */
function exponential(x: number): number {
  const small = x / 64;
  let series = 1;
  for (let term = 11; term >= 1; term--) series = 1 + (series * small) / term;
  for (let doubling = 0; doubling < 6; doubling++) series *= series;
  return series;
}
