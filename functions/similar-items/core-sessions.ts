/** Sessions in place of users: the rows of the matrix when `unit` is `session`. */
import { Growable } from '../../shared/columns/growable.ts';
import { sortRange } from '../../shared/columns/sort-range.ts';
import { hashId } from '../../shared/model/stable-hash.ts';
import { cutVisits } from '../../shared/shuffle/cut-visits.ts';
import type { UserActions } from '../../shared/shuffle/user-actions.ts';
import type { VisitGap } from '../../shared/shuffle/visit-settings.ts';

/** *S sessions, by user, then by time; N actions.* */
export interface Sessions {
  /** (S) */
  readonly ids: Float64Array;
  /** Session `s` has the actions `offsets[s]` up to, not including, `offsets[s + 1]`. (S + 1) */
  readonly offsets: Uint32Array;
  /** The item of each action, ascending within a session. (N) */
  readonly items: Float64Array;
  /** The user of each session, as an index into the users of the actions. (S) */
  readonly owners: Uint32Array;
}

/** Cuts sessions. The column of items is sorted in place. */
export function sessionsOf({ users, offsets, times, items }: UserActions, gap: VisitGap): Sessions {
  const ids = new Growable(Float64Array);
  const ends = new Growable(Uint32Array);
  const owners = new Growable(Uint32Array);
  ends.push(0);
  for (let user = 0; user < users.length; user++) {
    cutVisits(times, offsets[user]!, offsets[user + 1]!, gap, (start, end) => {
      ids.push(sessionId(users[user]!, times[start]!));
      ends.push(end);
      owners.push(user);
      sortRange(items, start, end);
    });
  }
  return { ids: ids.view(), offsets: ends.view(), items, owners: owners.view() };
}

/**
 * Returns the number that stands for a session in DIMSUM's draws, 0 to 2^53 − 1: a hash of its user and of the time of its
 * first action. If two sessions had the same number, their draws would be alike, and nothing else would change.
 */
export function sessionId(user: number, startMs: number): number {
  const [own, start] = [hashId(user), hashId(startMs)];
  const low = hashId((own + Math.imul(start, 0x9e3779b1)) >>> 0);
  const high = hashId((start ^ Math.imul(own, 0x85ebca77)) >>> 0) >>> 11;
  return high * 2 ** 32 + low;
}
