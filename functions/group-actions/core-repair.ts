/**
 * Repairing user ids: an action whose `userid` is 0 takes the id seen elsewhere in the day for the same client's own user
 * id: the last one by time, on a tie the largest. Without one it is dropped.
 */
import { ByteTable } from '../../shared/lines/byte-table.ts';
import { CLIENT, FIELD_PREFIXES, USERID } from '../../shared/model/action.ts';
import { bucketOf, hashId } from '../../shared/model/stable-hash.ts';
import { ITEM, type RecordColumns, Records, TIME, TYPE, USER, WIDTH } from './core-records.ts';

/** What counts for one client's `client_userid` among its sightings, by the table's index. */
export class Sightings {
  readonly table = new ByteTable();
  #users = new Float64Array(64);
  #times = new Float64Array(64);

  /** `bytes[start, end)`: the key of `ActionLine`, the client and its own user id as they stand in a line. */
  add(bytes: Uint8Array, start: number, end: number, user: number, time: number): void {
    const known = this.table.size;
    const index = this.table.intern(bytes, start, end);
    if (index === known) {
      if (index === this.#users.length) this.#grow();
      this.#users[index] = user;
      this.#times[index] = time;
      return;
    }
    const before = this.#times[index] as number;
    if (time > before || (time === before && user > (this.#users[index] as number))) {
      this.#users[index] = user;
      this.#times[index] = time;
    }
  }

  /** The user id for `bytes[start, end)`; undefined where it was never seen with one. */
  user(bytes: Uint8Array, start: number, end: number): number | undefined {
    const index = this.table.find(bytes, start, end);
    return index < 0 ? undefined : this.#users[index];
  }

  /** As records for the shuffle. */
  records(buckets: number): Records {
    const records = new Records();
    for (let index = 0; index < this.table.size; index++) {
      const key = this.table.key(index);
      const room = records.room(key.length);
      room.set(key, records.position);
      const bucket = bucketOf(this.table.hash(index), buckets);
      records.add(
        this.#users[index] as number,
        this.#times[index] as number,
        0,
        0,
        records.position + key.length,
        bucket,
      );
    }
    return records;
  }

  #grow(): void {
    const users = new Float64Array(this.#users.length * 2);
    const times = new Float64Array(this.#times.length * 2);
    users.set(this.#users);
    times.set(this.#times);
    this.#users = users;
    this.#times = times;
  }
}

/** The client and its own user id stand between these two: an unescaped quote ends a string, so each is there once. */
const BEFORE_KEY = FIELD_PREFIXES[CLIENT] as Buffer;
const NO_USER = Buffer.from(',"userid":0,"itemid":');
const BEFORE_ZERO = (FIELD_PREFIXES[USERID] as Buffer).length;

/** Bytes that a repaired line may grow by: an id has at most 16 digits, and 0 has one. */
const GROWTH = 16;

export interface Repaired {
  readonly records: Records;
  readonly repaired: number;
  readonly dropped: number;
}

/** Gives pending actions of one client the ids that were seen. `buckets`: of the repaired actions, by user. */
export function repair(
  pending: readonly RecordColumns[],
  sightings: readonly RecordColumns[],
  buckets: number,
): Repaired {
  const seen = new Sightings();
  for (const { numbers, lengths, lines } of sightings) {
    for (let record = 0, at = 0; record < lengths.length; record++) {
      const end = at + (lengths[record] as number);
      seen.add(lines, at, end, numbers[record * WIDTH + USER] as number, numbers[record * WIDTH + TIME] as number);
      at = end;
    }
  }
  const records = new Records();
  let dropped = 0;
  for (const { numbers, lengths, lines } of pending) {
    for (let record = 0, at = 0; record < lengths.length; record++) {
      const end = at + (lengths[record] as number);
      const keyStart = lines.indexOf(BEFORE_KEY, at) + BEFORE_KEY.length;
      const keyEnd = lines.indexOf(NO_USER, keyStart);
      const zero = keyEnd + BEFORE_ZERO;
      const user = seen.user(lines, keyStart, keyEnd);
      if (user === undefined) dropped++;
      else {
        const room = records.room(end - at + GROWTH);
        let to = records.position;
        to += lines.copy(room, to, at, zero);
        to += room.write(String(user), to, 'latin1');
        to += lines.copy(room, to, zero + 1, end);
        const number = (field: number) => numbers[record * WIDTH + field] as number;
        records.add(user, number(TIME), number(ITEM), number(TYPE), to, bucketOf(hashId(user), buckets));
      }
      at = end;
    }
  }
  return { records, repaired: records.length, dropped };
}
