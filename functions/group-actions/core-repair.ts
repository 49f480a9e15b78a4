/**
 * Repairs user ids. An action with `userid` 0 gets the id that other actions of the day have with the same client's own user
 * id: the id that was seen last, and of several at the same time the largest. The action is dropped if there is no such id.
 */
import { bytesOf, equalBytes, viewOf } from '../../shared/columns/bytes.ts';
import { TEXT_END } from '../../shared/model/action-texts.ts';
import { bucketOf, hashBytes, hashId } from '../../shared/model/stable-hash.ts';
import { ITEM, nextRecord, type RecordBytes, Records, TEXT, TIME, TYPE, USER, writeRecord } from './core-records.ts';
import type { DayTally } from './core-tally.ts';

/** The value of an empty slot. */
const FREE = 0xffffffff;
const FIRST_SLOTS = 64;
const FIRST_ARENA_BYTES = 1 << 12;

/**
 * The user id for each `client_userid` of one client. It is a hash table with open addressing and linear probing. Its entries
 * are records (`core-records.ts`) in one arena, so that a line reads two places of memory: a slot and a record.
 *
 *   slots   for each slot the start of its record, and the hash of the record's text; at least half of the slots are free
 */
export class Sightings {
  /** The number of distinct `client_userid`s. */
  size = 0;
  #slots = freeSlots(FIRST_SLOTS);
  #arena = viewOf(Buffer.allocUnsafeSlow(FIRST_ARENA_BYTES));
  #used = 0;

  /** Adds a sighting. `bytes[start, end)` is the client's own user id, as the text of a line has it. */
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

  /** Returns the user id for the client's own user id `bytes[start, end)`; undefined if it was not seen. */
  user(bytes: DataView, start: number, end: number): number | undefined {
    const at = this.#slots[this.#slotOf(hashBytes(bytes, start, end), bytes, start, end)]!;
    return at === FREE ? undefined : this.#arena.getFloat64(at + USER, true);
  }

  /** Returns the records for the shuffle, in the order of the first sightings. */
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

  /** Returns the slot of the text `bytes[start, end)`, or the free slot for it. */
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

  /** Doubles the number of slots. */
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

/** A slot has two words. */
const freeSlots = (count: number): Uint32Array => new Uint32Array(count * 2).fill(FREE);

export interface Repaired {
  readonly records: Records;
  /** The number of actions that got a user id, those of forgotten users included. */
  readonly repaired: number;
  readonly dropped: number;
  /** The number of repaired actions that are left out, because their user is forgotten. */
  readonly forgotten: number;
}

/**
 * Gives the pending actions of one client the user ids that were seen.
 *
 * @param buckets the number of buckets of the repaired actions, which are by user
 * @param tally gets the repaired actions
 * @param forgotten users whose actions are left out
 */
export function repair(
  pending: readonly RecordBytes[],
  sightings: readonly RecordBytes[],
  buckets: number,
  tally: DayTally,
  forgotten?: ReadonlySet<number>,
): Repaired {
  const seen = new Sightings();
  for (const { view } of sightings) {
    for (let at = 0, end = 0; at < view.byteLength; at = end) {
      end = nextRecord(view, at);
      seen.add(view, at + TEXT, end, view.getFloat64(at + USER, true), view.getFloat64(at + TIME, true));
    }
  }
  const records = new Records(buckets);
  let dropped = 0;
  let left = 0;
  for (const { bytes, view } of pending) {
    for (let at = 0, end = 0; at < view.byteLength; at = end) {
      end = nextRecord(view, at);
      // The text begins with the time, and the client's own user id follows.
      const keyStart = bytes.indexOf(TEXT_END, at + TEXT) + 1;
      const user = seen.user(view, keyStart, bytes.indexOf(TEXT_END, keyStart));
      if (user === undefined) {
        dropped++;
        continue;
      }
      if (forgotten?.has(user) === true) {
        left++;
        continue;
      }
      const number = (field: number) => view.getFloat64(at + field, true);
      const bucket = bucketOf(hashId(user), buckets);
      const [time, item, type] = [number(TIME), number(ITEM), number(TYPE)];
      records.add(bucket, user, time, item, type, view, at + TEXT, end);
      tally.add(user, time, item, type, view, at + TEXT, end);
    }
  }
  return { records, repaired: records.length + left, dropped, forgotten: left };
}
