/** Sizes that several steps share. */

/** The memory of a worker that has one virtual processor. */
export const MEMORY_MB = 1769;

/** The longest time that Lambda allows a worker. */
export const TIMEOUT_SECONDS = 900;

/** Candidates or kept pairs of one shard: about 100 bytes of memory each, and a second or two of work in all. */
export const SHARD_PAIRS = 2_000_000;
