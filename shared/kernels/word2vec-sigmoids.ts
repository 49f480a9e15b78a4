/**
 * The table of the sigmoid that word2vec's kernel reads. Plain arithmetic makes it, as Math.exp may differ between platforms.
 */

/** The entries over (-6, 6). The table has one more, which is read only when rounding passes the last. */
const ENTRIES = 1000;
const MAX_LOGIT = 6;

/** Returns sigmoid(x) at the middle of each entry's range, float32. */
export function sigmoids(): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: ENTRIES + 1 }, (_, entry) => {
    const logit = ((entry + 0.5) / ENTRIES) * 2 * MAX_LOGIT - MAX_LOGIT;
    return 1 / (1 + exponential(-logit));
  });
}

/** Returns e^x for |x| ≤ 7 as (e^(x / 64))^64. The first term left out is below 1e-17, so the relative error is below 1e-14. */
function exponential(x: number): number {
  const small = x / 64;
  let series = 1;
  for (let term = 11; term >= 1; term--) series = 1 + (series * small) / term;
  for (let doubling = 0; doubling < 6; doubling++) series *= series;
  return series;
}
