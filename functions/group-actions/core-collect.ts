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
  readonly #action = new RawAction();

  #last: Collected | undefined;
  #lastClient = '';

  /** The first clients by name, one more than an error names. Clients of rejected lines are among them. */
  get someClients(): string[] {
    return [...this.#action.clientNames].sort().slice(0, SHOWN_CLIENTS + 1);
  }

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.days = new DayCounter(options.day);
  }

  /** Returns a sink that takes the lines of one object. @param drain as in `LineSink` */
  sink(object: string, drain?: LineSink['drain']): LineSink {
    const line: LineSink['line'] = (buffer, start, end, position) => {
      const action = this.#action;
      if (action.parse(buffer, start, end)) {
        this.read.read(end - start);
        this.#keep();
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

  #keep(): void {
    const action = this.#action;
    const client = action.clientNames[action.client]!;
    const { buckets, singleClient } = this.#options;
    const isOfOtherDay = this.days.add(action.timeMs);
    if (singleClient !== undefined && client !== singleClient) return;
    const { counts, actions, pending, sightings, tally, forgotten } = this.#collected(client);
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
      if (action.hasClientUserid) sightings.add(view, userStart, userEnd, action.user, action.timeMs);
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
      const { buckets, day } = this.#options;
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
      };
      this.clients.set(client, collected);
    }
    this.#last = collected;
    this.#lastClient = client;
    return collected;
  }
}
