/**
 * Repairing user ids: an action whose `userid` is 0 takes the id seen elsewhere in the day for the same client's own user
 * id: the last one by time, on a tie the largest. Without one it is dropped.
 */
import { bytesOf, equalBytes, viewOf } from '../../shared/columns/bytes.ts';
import { TEXT_END } from '../../shared/model/action-texts.ts';
import { bucketOf, hashBytes, hashId } from '../../shared/model/stable-hash.ts';
import { ITEM, nextRecord, type RecordBytes, Records, TEXT, TIME, TYPE, USER, writeRecord } from './core-records.ts';

const FREE = 0xffffffff;
const FIRST_SLOTS = 64;
const FIRST_ARENA_BYTES = 1 << 12;

/**
 * What counts for one client's `client_userid` among its sightings: a hash table of records (`core-records.ts`) that lie one
 * behind another, so that a line touches two places of memory, its slot and its record. Open addressing, linear probing.
 *
 *   slots   where the record begins, and the hash of its line, for each slot; half of them free at least
 */
export class Sightings {
  size = 0;
  #slots = freeSlots(FIRST_SLOTS);
  #arena = viewOf(Buffer.allocUnsafeSlow(FIRST_ARENA_BYTES));
  #used = 0;

  /** `bytes[start, end)`: the client's own user id as its text stands in a line. */
  add(bytes: DataView, start: number, end: number, user: number, time: number): void {
    const hash = hashBytes(bytes, start, end);
    const slot = this.#slotOf(hash, bytes, start, end);
    const at = this.#slots[slot]!;
    if (at === FREE) {
      this.#slots[slot] = this.#append(bytes, start, end, user, time);
      this.#slots[slot + 1] = hash;
      if (++this.size * 4 > this.#slots.length) this.#rehash();
      return;
    }
    const arena = this.#arena;
    const before = arena.getFloat64(at + TIME, true);
    if (time > before || (time === before && user > arena.getFloat64(at + USER, true))) {
      arena.setFloat64(at + USER, user, true);
      arena.setFloat64(at + TIME, time, true);
    }
  }

  /** The user id for `bytes[start, end)`; undefined where it was never seen with one. */
  user(bytes: DataView, start: number, end: number): number | undefined {
    const at = this.#slots[this.#slotOf(hashBytes(bytes, start, end), bytes, start, end)]!;
    return at === FREE ? undefined : this.#arena.getFloat64(at + USER, true);
  }

  /** As records for the shuffle, in order of first sight. */
  records(buckets: number): Records {
    const records = new Records(buckets);
    const arena = this.#arena;
    for (let at = 0, end = 0; at < this.#used; at = end) {
      end = nextRecord(arena, at);
      const bucket = bucketOf(hashBytes(arena, at + TEXT, end), buckets);
      const [user, time] = [arena.getFloat64(at + USER, true), arena.getFloat64(at + TIME, true)];
      records.add(bucket, user, time, 0, 0, arena, at + TEXT, end);
    }
    return records;
  }

  /** The slot of these bytes: theirs, or the free one where they belong. */
  #slotOf(hash: number, bytes: DataView, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash * 2) & mask; ; slot = (slot + 2) & mask) {
      const at = slots[slot]!;
      if (at === FREE || (slots[slot + 1] === hash && this.#hasText(at, bytes, start, end))) return slot;
    }
  }

  #hasText(at: number, bytes: DataView, start: number, end: number): boolean {
    const text = at + TEXT;
    return (
      nextRecord(this.#arena, at) - text === end - start && equalBytes(this.#arena, text, bytes, start, end - start)
    );
  }

  #append(bytes: DataView, start: number, end: number, user: number, time: number): number {
    const at = this.#used;
    this.#used += TEXT + end - start;
    if (this.#used > this.#arena.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#arena.byteLength, this.#used));
      larger.set(bytesOf(this.#arena).subarray(0, at));
      this.#arena = viewOf(larger);
    }
    writeRecord(this.#arena, at, user, time, 0, 0, bytes, start, end);
    return at;
  }

  /** Twice the slots. */
  #rehash(): void {
    const old = this.#slots;
    const slots = freeSlots(old.length);
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === FREE) continue;
      const hash = old[from + 1]!;
      let slot = (hash * 2) & mask;
      while (slots[slot] !== FREE) slot = (slot + 2) & mask;
      slots[slot] = old[from]!;
      slots[slot + 1] = hash;
    }
    this.#slots = slots;
  }
}

/** Two words a slot. */
const freeSlots = (count: number): Uint32Array => new Uint32Array(count * 2).fill(FREE);

export interface Repaired {
  readonly records: Records;
  readonly repaired: number;
  readonly dropped: number;
}

/** Gives pending actions of one client the ids that were seen. `buckets`: of the repaired actions, by user. */
export function repair(pending: readonly RecordBytes[], sightings: readonly RecordBytes[], buckets: number): Repaired {
  const seen = new Sightings();
  for (const { view } of sightings) {
    for (let at = 0, end = 0; at < view.byteLength; at = end) {
      end = nextRecord(view, at);
      seen.add(view, at + TEXT, end, view.getFloat64(at + USER, true), view.getFloat64(at + TIME, true));
    }
  }
  const records = new Records(buckets);
  let dropped = 0;
  for (const { bytes, view } of pending) {
    for (let at = 0, end = 0; at < view.byteLength; at = end) {
      end = nextRecord(view, at);
      // The time comes first, then the client's own user id.
      const keyStart = bytes.indexOf(TEXT_END, at + TEXT) + 1;
      const user = seen.user(view, keyStart, bytes.indexOf(TEXT_END, keyStart));
      if (user === undefined) {
        dropped++;
        continue;
      }
      const number = (field: number) => view.getFloat64(at + field, true);
      const bucket = bucketOf(hashId(user), buckets);
      records.add(bucket, user, number(TIME), number(ITEM), number(TYPE), view, at + TEXT, end);
    }
  }
  return { records, repaired: records.length, dropped };
}
