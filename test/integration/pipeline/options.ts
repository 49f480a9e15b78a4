/** How long the tests of the deployed pipeline may take: seconds as a rule, and minutes where many share the machine. */
export const WITHIN_MS = 300_000;

/** The suites run at the same time, the tests of one of them do not. */
export const IN_ORDER = { concurrent: false, timeout: WITHIN_MS };
