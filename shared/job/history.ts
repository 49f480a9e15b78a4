/**
 * The events that Step Functions writes into the history of an execution. A history ends at 25,000 events, so a loop with many
 * rounds hands over to another execution (`hand-over.ts`).
 */

/** The most events that an execution may have: 80 % of the limit of Step Functions. */
export const MAX_EVENTS = 20_000;

/** StateEntered and StateExited. */
export const STATE_EVENTS = 2;
/** TaskScheduled, TaskStarted, and TaskSucceeded or TaskFailed, for every attempt. */
export const ATTEMPT_EVENTS = 3;
/** MapStateStarted, MapRunStarted, MapRunSucceeded, MapStateSucceeded, for every attempt; a Parallel has fewer. */
export const MAP_EVENTS = 4;
