/** Stores the sketch of a day (`day-sketch.ts`): the file `_sketch` in the folder of the day's actions. */
import { bytesOf, doublesIn } from '../columns/bytes.ts';
import { DamagedObjectError, MissingObjectError } from '../errors.ts';
import { SKETCH } from '../store/keys.ts';
import { openSegments, SegmentWriter } from '../store/segments.ts';
import type { Body, Store } from '../store/store.ts';
import { type DaySketch, type SideOfDay, SKETCHED_SIDES, type SketchedSide } from './day-sketch.ts';

/**
 * The version of what the file holds. Raise it with the hash of a side: hashes of two kinds are all different, and two days with
 * them would look as if they shared nothing.
 */
const VERSION = 1;

/** Null in files from before there were versions. */
type Meta = { readonly version: number } | null;

/** Returns the content of the file `_sketch`. */
export function daySketchFile(sketch: DaySketch): Body {
  const writer = new SegmentWriter();
  for (const side of SKETCHED_SIDES) writer.add(side, bytesOf(sketch[side].hashes), sketch[side].ids);
  return writer.finish<Meta>({ version: VERSION });
}

/**
 * Reads the sketch in a day's folder. Undefined for one that is missing, damaged or of another version, because a sketch informs
 * and decides nothing.
 */
export async function readDaySketch(store: Store, folder: string): Promise<DaySketch | undefined> {
  try {
    const file = await openSegments<Meta>(store, folder + SKETCH);
    if (file.meta?.version !== VERSION) return undefined;
    const [users, items, pairs] = await file.readMany(['users', 'items', 'pairs']);
    const side = (name: SketchedSide, bytes: Uint8Array): SideOfDay => ({
      hashes: doublesIn(bytes),
      ids: file.count(name),
    });
    return { users: side('users', users), items: side('items', items), pairs: side('pairs', pairs) };
  } catch (error) {
    if (error instanceof MissingObjectError || error instanceof DamagedObjectError) return undefined;
    throw error;
  }
}
