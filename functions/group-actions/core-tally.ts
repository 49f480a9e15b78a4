/**
 * The tally of a client's actions, from which the figures of the day and its sketch follow. A tally is taken of every shard that
 * finds out an action's user, and the tallies of all shards are merged. It takes bounded memory, however many actions there are.
 *
 * An object of a shard has a section of doubles for each client:
 *
 *   [lines][otherDays][hour 0] … [hour 23]                then the counts of types, users, items, pairs and lines, each as
 *   [N][wereDropped][groups][N hashes][N counts][groups]
 */
import { Growable } from '../../shared/columns/growable.ts';
import { type CountsColumns, distinctIn, largestIn, SmallestCounts } from '../../shared/columns/smallest-counts.ts';
import { COUNTED_IDS, COUNTED_TYPES, type DayFigures, HOURS } from '../../shared/model/day-figures.ts';
import { type DaySketch, type SideOfDay, SKETCHED } from '../../shared/model/day-sketch.ts';
import { hashBytes, mixBits, sketchHash } from '../../shared/model/stable-hash.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';

/** Up to so many distinct lines, duplicates are counted exactly. Of more lines a sample of this size tells their share. */
const SAMPLED_LINES = 2 ** 13;
const MS_PER_HOUR = MS_PER_DAY / HOURS;
/** A hash of 53 bits consists of 32 first bits and 21 last bits. */
const LAST_BITS = 2 ** 21;
const ODD = 0x85ebca77;

export class DayTally {
  readonly #day: number;
  #lines = 0;
  #otherDays = 0;
  readonly #hours = new Float64Array(HOURS);
  /** Types are counted by their numbers themselves. */
  readonly #types = new SmallestCounts(COUNTED_TYPES);
  readonly #users = new SmallestCounts(COUNTED_IDS, COUNTED_IDS);
  readonly #items = new SmallestCounts(COUNTED_IDS, COUNTED_IDS);
  readonly #pairs = new SmallestCounts(SKETCHED);
  readonly #sampled = new SmallestCounts(SAMPLED_LINES);

  /** @param day the day of the run, in days since 1970-01-01 UTC */
  constructor(day: number) {
    this.#day = day;
  }

  /** Adds an action. Its text is `source[start, end)`, and with the numbers it decides the line that is written. */
  add(user: number, timeMs: number, item: number, type: number, source: DataView, start: number, end: number): void {
    this.#lines++;
    const day = Math.floor(timeMs / MS_PER_DAY);
    if (day !== this.#day) this.#otherDays++;
    this.#hours[Math.floor((timeMs - day * MS_PER_DAY) / MS_PER_HOUR)]!++;
    this.#types.add(type);
    const userHash = sketchHash(user);
    const itemHash = sketchHash(item);
    this.#users.add(userHash);
    this.#items.add(itemHash);
    // Most hashes of pairs and lines are dropped for their first bits alone, so the others are not computed.
    const pair = mixBits(userHash ^ Math.imul(itemHash, ODD)) >>> 0;
    const pairFrom = pair * LAST_BITS;
    if (pairFrom < this.#pairs.limit) {
      this.#pairs.add(pairFrom + lastBits((userHash / LAST_BITS) ^ Math.imul(itemHash / LAST_BITS, ODD)));
    }
    const lineFrom = (mixBits(pair ^ Math.imul(timeMs, ODD)) >>> 0) * LAST_BITS;
    if (lineFrom < this.#sampled.limit) {
      this.#sampled.add(lineFrom + lastBits(hashBytes(source, start, end) ^ Math.imul(type, ODD)));
    }
  }

  merge(columns: Float64Array): void {
    const reader = new ColumnReader(columns);
    this.#lines += reader.next();
    this.#otherDays += reader.next();
    for (let hour = 0; hour < HOURS; hour++) this.#hours[hour]! += reader.next();
    for (const counts of this.#counts()) counts.merge(reader.nextCounts());
  }

  toColumns(): Float64Array {
    const columns = new Growable(Float64Array);
    columns.append(Float64Array.of(this.#lines, this.#otherDays, ...this.#hours));
    for (const counts of this.#counts()) {
      const { hashes, counts: own, groups, wereDropped } = counts.toColumns();
      columns.append(Float64Array.of(hashes.length, wereDropped ? 1 : 0, groups.length));
      for (const part of [hashes, own, groups]) columns.append(part as Float64Array<ArrayBuffer>);
    }
    return columns.view();
  }

  /** Returns the figures of the day, and its sketch. */
  result(): { readonly figures: DayFigures; readonly sketch: DaySketch } {
    const types = this.#types.toColumns();
    const [users, items, pairs] = [this.#users.toColumns(), this.#items.toColumns(), this.#pairs.toColumns()];
    const figures = {
      lines: this.#lines,
      users: distinctIn(users),
      items: distinctIn(items),
      largestUser: largestIn(users),
      largestItem: largestIn(items),
      duplicates: duplicatesIn(this.#sampled.toColumns(), this.#lines),
      otherDays: this.#otherDays,
      types: Object.fromEntries(Array.from(types.hashes, (type, place) => [String(type), types.counts[place]!])),
      hours: [...this.#hours],
    };
    return { figures, sketch: { users: sideOf(users), items: sideOf(items), pairs: sideOf(pairs) } };
  }

  #counts(): readonly SmallestCounts[] {
    return [this.#types, this.#users, this.#items, this.#pairs, this.#sampled];
  }
}

const sideOf = (columns: CountsColumns): SideOfDay => ({
  hashes: columns.hashes.slice(0, SKETCHED),
  ids: distinctIn(columns),
});

const lastBits = (hash: number): number => (mixBits(hash) >>> 0) % LAST_BITS;

/** Returns how many lines are no first of their kind. @param sampled the counts of distinct lines, or of a sample of them */
function duplicatesIn({ hashes, counts, wereDropped }: CountsColumns, lines: number): number {
  const occurrences = counts.reduce((sum, count) => sum + count, 0);
  const duplicates = occurrences - hashes.length;
  return wereDropped ? Math.round((lines * duplicates) / occurrences) : duplicates;
}

/** Reads what `toColumns` made. */
class ColumnReader {
  readonly #columns: Float64Array;
  #at = 0;

  constructor(columns: Float64Array) {
    this.#columns = columns;
  }

  next(): number {
    return this.#columns[this.#at++]!;
  }

  nextCounts(): CountsColumns {
    const [kept, dropped, groups] = [this.next(), this.next(), this.next()];
    return {
      hashes: this.#column(kept),
      counts: this.#column(kept),
      groups: this.#column(groups),
      wereDropped: dropped === 1,
    };
  }

  #column(length: number): Float64Array {
    this.#at += length;
    return this.#columns.subarray(this.#at - length, this.#at);
  }
}
