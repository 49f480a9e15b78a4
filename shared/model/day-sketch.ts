/**
 * The sketch of a client's day: the smallest hashes of its users, its items and its pairs (user, item). Grouping keeps it beside
 * the actions (`_sketch` in the day's folder), so that a day can be compared with the days before it without reading actions.
 *
 * Each side of a sketch is complete up to its largest hash. Up to the smallest of these largest hashes, the sketches of several
 * days hold every id, and these ids are a fair sample of all. With three hashes a side:
 *
 *   monday    [10, 40, 70]   of ids with the hashes 10, 40, 70, 80     complete up to 70
 *   tuesday   [40, 50]       of ids with the hashes 40, 50             complete
 *
 * On Tuesday the ids 40 and 50 are the sample, and 50 is new: half of Tuesday's ids were not there on Monday.
 */
/** The hashes of a side. A share that is read from so many has a standard error of at most 1.1 percent points. */
export const SKETCHED = 2048;

export type SketchedSide = 'users' | 'items' | 'pairs';
export const SKETCHED_SIDES: readonly SketchedSide[] = ['users', 'items', 'pairs'];

/** One side's smallest hashes, ascending, and the number of all its ids. */
export interface SideOfDay {
  readonly hashes: Float64Array;
  readonly ids: number;
}

export type DaySketch = Readonly<Record<SketchedSide, SideOfDay>>;

/** Returns the share of the ids of `now` that no day of `before` has, 0 to 1; undefined when no id is in the sample. */
export function shareNew(now: SideOfDay, before: readonly SideOfDay[]): number | undefined {
  const complete = Math.min(...[now, ...before].map(completeUpTo));
  const known = new Set<number>();
  for (const { hashes } of before) for (const hash of hashes) if (hash <= complete) known.add(hash);
  const sample = now.hashes.filter((hash) => hash <= complete);
  if (sample.length === 0) return undefined;
  return sample.filter((hash) => !known.has(hash)).length / sample.length;
}

/** Returns the hash up to which the side holds every id. */
const completeUpTo = ({ hashes, ids }: SideOfDay): number =>
  hashes.length < ids ? hashes.at(-1)! : Number.POSITIVE_INFINITY;
