/** Collects from a shard of the logs: records by client, sightings of user ids, counts and rejects. */
import { defined } from '../../shared/defined.ts';
import type { ForgottenUsers } from '../../shared/forget/forgotten-list.ts';
import { RejectCounter } from '../../shared/job/rejects.ts';
import { eachJoinedRecord } from '../../shared/lines/joined-records.ts';
import type { LineSink } from '../../shared/lines/line-sink.ts';
import { rejectText } from '../../shared/lines/reject-line.ts';
import { REASONS } from '../../shared/model/action.ts';
import { RawAction, UNKNOWN_CLIENT } from '../../shared/model/action-raw.ts';
import { bucketOf, hashBytes, hashId } from '../../shared/model/stable-hash.ts';
import type { IdWay } from '../../shared/model/text-ids.ts';
import { type Assign, AssignedIds } from './core-assign.ts';
import { DayCounter } from './core-days.ts';
import { Records } from './core-records.ts';
import { Sightings } from './core-repair.ts';
import { DayTally } from './core-tally.ts';
import { RejectText } from './reject-text.ts';

/** The counts of one client. */
export type ClientCounts = {
  /** Lines of the client, rejected ones included. */
  read: number;
  rejected: number;
  /** Actions without a user id and without a `client_userid`. They are dropped. */
  nameless: number;
  /** Actions whose time is not on the run's day. They are kept. */
  otherDays: number;
  /** Actions of forgotten users. They are dropped. Absent when the client has no forgotten user. */
  forgotten?: number;
};

export interface Collected {
  readonly counts: ClientCounts;
  readonly actions: Records;
  readonly pending: Records;
  readonly sightings: Sightings;
  /** The tally of `actions`. */
  readonly tally: DayTally;
  readonly forgotten: ReadonlySet<number> | undefined;
  /** The ids of the texts of `actions`; undefined if the ids are given. */
  readonly assigned: { readonly users: AssignedIds; readonly items: AssignedIds } | undefined;
}

export interface CollectorOptions {
  /** The number of hash buckets of the shuffle. */
  readonly buckets: number;
  /** The day of the run, in days since 1970-01-01 UTC. */
  readonly day: number;
  /** The client whose actions are kept, if only one client was asked for. All lines are counted. */
  readonly singleClient: string | undefined;
  /** Client → users whose actions are dropped. Their sightings are kept, so other users are repaired as before. */
  readonly forgotten?: ForgottenUsers;
  /** Default `given`. */
  readonly ids?: IdWay;
  /** Another function than `assignedId`, for tests. */
  readonly assign?: Assign;
}

/** The most clients that an error names. */
export const SHOWN_CLIENTS = 10;

export class ActionCollector {
  readonly clients = new Map<string, Collected>();
  readonly read = new RejectCounter();
  /** The days of the actions of all clients. */
  readonly days: DayCounter;
  readonly rejects = new RejectText();
  readonly #options: CollectorOptions;
  readonly #action: RawAction;

  #last: Collected | undefined;
  #lastClient = '';

  /** The first clients by name, one more than an error names. Clients of rejected lines are among them. */
  get someClients(): string[] {
    return [...this.#action.clientNames].sort().slice(0, SHOWN_CLIENTS + 1);
  }

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#action = new RawAction(options.ids);
    this.days = new DayCounter(options.day);
  }

  /** Returns a sink that takes the lines of one object. @param drain as in `LineSink` */
  sink(object: string, drain?: LineSink['drain']): LineSink {
    const line: LineSink['line'] = (buffer, start, end, position) => {
      const action = this.#action;
      if (action.parse(buffer, start, end)) {
        this.read.read(end - start);
        if (this.#options.ids !== 'assign' || this.#assignIds()) this.#keep();
        else {
          const { userIsZero } = REASONS;
          const text = rejectText(object, position, userIsZero, buffer, start, end);
          this.#reject(text, userIsZero, action.client, end - start);
        }
        return;
      }
      const { reason, client } = action;
      if (eachJoinedRecord(buffer, start, end, position, line)) return;
      this.read.read(end - start);
      this.#reject(rejectText(object, position, reason, buffer, start, end), reason, client, end - start);
    };
    return defined({
      takesJoined: true,
      line,
      drain,
      tooLong: (buffer, start, end, position, unread) => {
        this.read.read(unread);
        const { tooLong } = REASONS;
        this.#reject(rejectText(object, position, tooLong, buffer, start, end), tooLong, UNKNOWN_CLIENT, unread);
      },
    });
  }

  /**
   * Sets the ids of the action, unless its client is left out. An action without a text for its user keeps the id 0.
   *
   * Returns false when the id of the user's text happens to be 0, which no reader of actions takes for a user.
   */
  #assignIds(): boolean {
    const action = this.#action;
    const client = action.clientNames[action.client]!;
    const { singleClient } = this.#options;
    action.user = 0;
    if (!action.hasClientUserid || (singleClient !== undefined && client !== singleClient)) return true;
    const { assigned, forgotten } = this.#collected(client);
    const { users, items } = assigned!;
    const { view, userStart, userEnd, itemStart, itemEnd } = action.texts;
    action.user = users.idOf(view, userStart, userEnd);
    if (action.user === 0) return false;
    if (forgotten?.has(action.user) === true) return true;
    action.item = items.idOf(view, itemStart, itemEnd);
    return true;
  }

  #keep(): void {
    const action = this.#action;
    const client = action.clientNames[action.client]!;
    const { buckets, singleClient } = this.#options;
    const isOfOtherDay = this.days.add(action.timeMs);
    if (singleClient !== undefined && client !== singleClient) return;
    const { counts, actions, pending, sightings, tally, forgotten, assigned } = this.#collected(client);
    counts.read++;
    if (isOfOtherDay) counts.otherDays++;
    const known = action.user !== 0;
    if (!known && !action.hasClientUserid) {
      counts.nameless++;
      return;
    }
    const { view, length, userStart, userEnd } = action.texts;
    let bucket = 0;
    if (known) {
      if (action.hasClientUserid && assigned === undefined) {
        sightings.add(view, userStart, userEnd, action.user, action.timeMs);
      }
      if (forgotten?.has(action.user) === true) {
        counts.forgotten!++;
        return;
      }
      bucket = bucketOf(hashId(action.user), buckets);
      tally.add(action.user, action.timeMs, action.item, action.type, view, 0, length);
    } else bucket = bucketOf(hashBytes(view, userStart, userEnd), buckets);
    const records = known ? actions : pending;
    records.add(bucket, action.user, action.timeMs, action.item, action.type, view, 0, length);
  }

  /** @param number the client's number, or `UNKNOWN_CLIENT` if the line names no client */
  #reject(line: string, reason: string, number: number, bytes: number): void {
    this.read.reject(reason, bytes);
    this.rejects.add(line);
    const client = number === UNKNOWN_CLIENT ? undefined : this.#action.clientNames[number];
    const { singleClient } = this.#options;
    if (client === undefined || (singleClient !== undefined && client !== singleClient)) return;
    const { counts } = this.#collected(client);
    counts.read++;
    counts.rejected++;
  }

  #collected(client: string): Collected {
    if (this.#last !== undefined && this.#lastClient === client) return this.#last;
    let collected = this.clients.get(client);
    if (collected === undefined) {
      const { buckets, day, ids, assign } = this.#options;
      const users = this.#options.forgotten?.get(client);
      const counts: ClientCounts = { read: 0, rejected: 0, nameless: 0, otherDays: 0 };
      if (users !== undefined) counts.forgotten = 0;
      collected = {
        counts,
        actions: new Records(buckets),
        pending: new Records(buckets),
        sightings: new Sightings(),
        tally: new DayTally(day),
        forgotten: users && new Set(users),
        assigned: ids === 'assign' ? { users: new AssignedIds(assign), items: new AssignedIds(assign) } : undefined,
      };
      this.clients.set(client, collected);
    }
    this.#last = collected;
    this.#lastClient = client;
    return collected;
  }
}
