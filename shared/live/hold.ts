/** Holds and the reasons for them, shared by the commands on runtime nodes and on tables. */
import { dayInWords } from '../in-words.ts';
import { type Candidate, isNewer } from './decide.ts';
import type { Hold, LiveModel } from './record.ts';

const holdOf = (now: Date, because: string): Hold => ({ since: now.toISOString(), because });

/** Returns the hold of a person. A node that was held already keeps its time, and its reason unless a new one is given. */
export const heldByHand = (was: Hold | null | undefined, because: string | null, now: Date): Hold =>
  was ? { since: was.since, because: because ?? was.because } : holdOf(now, because ?? 'held by hand');

/** Returns the hold for a model that was activated by hand and is not newer than the live one; null for a newer model. */
export const heldIfOlder = (candidate: Candidate, live: LiveModel | null, because: string | null, now: Date) =>
  isNewer(candidate, live, now) ? null : holdOf(now, because ?? olderInWords(candidate));

const olderInWords = ({ day, run }: Candidate): string =>
  `activated by hand: run ${run} of ${dayInWords(day)} is not newer than what was live`;

/** @param from the model that was live until now */
export const heldAfterRollback = (from: LiveModel | null | undefined, because: string | null, now: Date): Hold =>
  holdOf(now, because ?? `rolled back from ${from?.location ?? 'nothing'}`);

/** Says that a rollback changes nothing, because no other model was live before. */
export const nothingEarlier = ({ client, node }: { readonly client: string; readonly node: string }): string =>
  `${client} has no earlier live model of ${node} to go back to`;
