/** What a shard of the logs comes to: records by client, sightings of user ids, counts and rejects. */
import type { LinePosition, LineSink } from '../../shared/lines/line-splitter.ts';
import { rejectLine } from '../../shared/lines/reject-line.ts';
import { RawAction } from '../../shared/model/action-raw.ts';
import { bucketOf, hashBytes, hashId } from '../../shared/model/stable-hash.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { Records } from './core-records.ts';
import { Sightings } from './core-repair.ts';

/** Of one client. */
export interface ClientCounts {
  /** Lines that are its own, the rejected among them. */
  read: number;
  rejected: number;
  /** Actions without a user id and without a `client_userid`: dropped. */
  nameless: number;
  /** Actions whose time is not of the run's day; they are kept. */
  otherDays: number;
}

export interface Collected {
  readonly counts: ClientCounts;
  readonly actions: Records;
  readonly pending: Records;
  readonly sightings: Sightings;
}

export interface CollectorOptions {
  /** Hash buckets of the shuffle. */
  readonly buckets: number;
  readonly day: number;
  /** Only this client's actions are kept; all lines are counted. */
  readonly singleClient: string | undefined;
}

export class ActionCollector {
  readonly clients = new Map<string, Collected>();
  lines = 0;
  rejected = 0;
  readonly rejects: Buffer[] = [];
  readonly #options: CollectorOptions;
  readonly #action = new RawAction();
  #last: Collected | undefined;
  #lastClient = '';

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Takes the lines of one object. */
  sink(object: string): LineSink {
    return {
      line: (buffer, start, end, position) => {
        this.lines++;
        if (this.#action.parse(buffer, start, end)) this.#keep();
        else this.#reject(object, position, buffer, start, end);
      },
      tooLong: (buffer, start, end, position) => {
        this.lines++;
        this.#action.rejectTooLong();
        this.#reject(object, position, buffer, start, end);
      },
    };
  }

  #keep(): void {
    const action = this.#action;
    const client = action.clientNames[action.client] as string;
    const { buckets, day, singleClient } = this.#options;
    if (singleClient !== undefined && client !== singleClient) return;
    const { counts, actions, pending, sightings } = this.#collected(client);
    counts.read++;
    if (Math.floor(action.timeMs / MS_PER_DAY) !== day) counts.otherDays++;
    const known = action.user !== 0;
    if (!known && !action.hasClientUserid) {
      counts.nameless++;
      return;
    }
    const { view, length, userStart, userEnd } = action.texts;
    let bucket = 0;
    if (known) {
      if (action.hasClientUserid) sightings.add(view, userStart, userEnd, action.user, action.timeMs);
      bucket = bucketOf(hashId(action.user), buckets);
    } else bucket = bucketOf(hashBytes(view, userStart, userEnd), buckets);
    const records = known ? actions : pending;
    records.add(bucket, action.user, action.timeMs, action.item, action.type, view, 0, length);
  }

  #reject(object: string, position: LinePosition, buffer: Buffer, start: number, end: number): void {
    this.rejected++;
    this.rejects.push(rejectLine(object, position, this.#action.reason, buffer, start, end));
    const client = this.#action.client < 0 ? undefined : this.#action.clientNames[this.#action.client];
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
      const { buckets } = this.#options;
      collected = {
        counts: { read: 0, rejected: 0, nameless: 0, otherDays: 0 },
        actions: new Records(buckets),
        pending: new Records(buckets),
        sightings: new Sightings(),
      };
      this.clients.set(client, collected);
    }
    this.#last = collected;
    this.#lastClient = client;
    return collected;
  }
}
