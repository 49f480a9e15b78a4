/** The timeout of a test of the deployed pipeline. It usually takes seconds, and minutes when many share the machine. */
export const WITHIN_MS = 300_000;

/** Options for the tests of a suite that runs at the same time as other suites. The tests themselves run in order. */
export const IN_ORDER = { concurrent: false, timeout: WITHIN_MS };
