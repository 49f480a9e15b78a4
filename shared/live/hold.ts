/** Holds, and the reasons that commands give for them: the same for a runtime node and for a table. */
import { dayInWords } from '../in-words.ts';
import { type Candidate, isNewer } from './decide.ts';
import type { Hold, LiveModel } from './record.ts';

const holdOf = (now: Date, because: string): Hold => ({ since: now.toISOString(), because });

/** Holds again what is held already: since then, and for the new reason where one is given. */
export const heldByHand = (was: Hold | null | undefined, because: string | null, now: Date): Hold =>
  was ? { since: was.since, because: because ?? was.because } : holdOf(now, because ?? 'held by hand');

/** The hold on a model that was activated by hand and that the next run would replace; null where none would. */
export const heldIfOlder = (candidate: Candidate, live: LiveModel | null, because: string | null, now: Date) =>
  isNewer(candidate, live, now) ? null : holdOf(now, because ?? olderInWords(candidate));

const olderInWords = ({ day, run }: Candidate): string =>
  `activated by hand: run ${run} of ${dayInWords(day)} is not newer than what was live`;

/** @param from the model that was live until now */
export const heldAfterRollback = (from: LiveModel | null | undefined, because: string | null, now: Date): Hold =>
  holdOf(now, because ?? `rolled back from ${from?.location ?? 'nothing'}`);

/** Why a rollback changes nothing where no model was live before. */
export const nothingEarlier = ({ client, node }: { readonly client: string; readonly node: string }): string =>
  `${client} has no earlier live model of ${node} to go back to`;
