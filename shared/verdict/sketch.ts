/**
 * A sketch of an output's ids: the 20,000 smallest hashes of each side's ids, or all hashes if there are fewer.
 *
 * Two sketches tell which share of one output's ids is missing in the other. Each sketch is complete up to its largest hash,
 * so up to the smaller of these two hashes both hold every id, and these ids are a fair sample of all. With a size of 2:
 *
 *   before  [10, 40]   of ids with the hashes 10, 40, 70        complete up to 40
 *   now     [20, 40]   of ids with the hashes 20, 40, 90        complete up to 40
 *
 * The sample of `before` is 10 and 40, and one of the two, 10, is gone.
 */
import { bytesOf, doublesIn } from '../columns/bytes.ts';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import { sketchHash } from '../model/stable-hash.ts';
import { openSegments, SegmentWriter } from '../store/segments.ts';
import type { Body, Store } from '../store/store.ts';
import { SIDES, type Side } from './judging.ts';

export const SKETCH_SIZE = 20_000;

/** One side's hashes, ascending, and the number of all its ids. */
export interface SideSketch {
  readonly hashes: Float64Array;
  readonly ids: number;
}

export type Sketch = Readonly<Partial<Record<Side, SideSketch>>>;

/** Keeps the smallest hashes of the added ids. Every id must be added once. */
export class SketchBuilder {
  readonly #kept = new Float64Array(2 * SKETCH_SIZE);
  #length = 0;
  #ids = 0;
  /** Hashes of this size or larger are not among the smallest ones. */
  #limit = Number.POSITIVE_INFINITY;

  add(ids: Float64Array): void {
    this.#ids += ids.length;
    for (let at = 0; at < ids.length; at++) {
      const hash = sketchHash(ids[at]!);
      if (hash >= this.#limit) continue;
      this.#kept[this.#length++] = hash;
      if (this.#length === this.#kept.length) this.#cut();
    }
  }

  finish(): SideSketch {
    this.#cut();
    return { hashes: this.#kept.slice(0, this.#length), ids: this.#ids };
  }

  #cut(): void {
    this.#kept.subarray(0, this.#length).sort();
    if (this.#length <= SKETCH_SIZE) return;
    this.#limit = this.#kept[SKETCH_SIZE]!;
    this.#length = SKETCH_SIZE;
  }
}

/** Returns the body of the object `_sketch`. */
export function sketchObject(sketch: Sketch): Body {
  const writer = new SegmentWriter();
  for (const side of SIDES) {
    const own = sketch[side];
    if (own !== undefined) writer.add(side, bytesOf(own.hashes), own.ids);
  }
  return writer.finish();
}

/** Reads a sketch. Undefined for a missing or damaged one, because a sketch informs and decides nothing. */
export async function readSketch(store: Store, key: string): Promise<Sketch | undefined> {
  try {
    const file = await openSegments(store, key);
    const sketch: Partial<Record<Side, SideSketch>> = {};
    for (const side of SIDES) {
      if (file.has(side)) sketch[side] = { hashes: doublesIn(await file.read(side)), ids: file.count(side) };
    }
    return sketch;
  } catch (error) {
    if (error instanceof MissingObjectError || error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}

/** Returns the share of the ids of `before` that `now` lacks, 0 to 1. It is exact when both sketches hold every id. */
export function shareGone(before: SideSketch, now: SideSketch): number {
  const complete = Math.min(completeUpTo(before), completeUpTo(now));
  let [known, gone, at] = [0, 0, 0];
  for (const hash of before.hashes) {
    if (hash > complete) break;
    known++;
    while (at < now.hashes.length && now.hashes[at]! < hash) at++;
    if (now.hashes[at] !== hash) gone++;
  }
  return known === 0 ? 0 : gone / known;
}

/** Returns the `most` smallest hashes of the ids that both outputs have, ascending, as far as both sketches are complete. */
export function commonHashes(a: SideSketch, b: SideSketch, most: number): Float64Array {
  const others = new Set(b.hashes);
  // A hash that both sketches hold is below the hash up to which each of them is complete.
  return a.hashes.filter((hash) => others.has(hash)).slice(0, most);
}

/** Returns the hash up to which the sketch holds every id. */
const completeUpTo = ({ hashes, ids }: SideSketch): number =>
  hashes.length < ids ? hashes.at(-1)! : Number.POSITIVE_INFINITY;
