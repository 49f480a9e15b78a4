/**
 * The figures of a client's actions of one day. Grouping counts them, and they are `counts.figures` in the manifest (`_SUCCESS`)
 * of the day's folder. They hold no id of a user or an item. The verdict's check `input` and the reports read them.
 *
 * The figures follow from the day's own actions alone, so they are the same in whatever order days are grouped. Figures that
 * compare a day with the days before it follow from the days' sketches (`day-sketch.ts`).
 */
import * as z from 'zod';

/** The most distinct users, and items, that are counted one by one. More of them are estimated, within about one percent. */
export const COUNTED_IDS = 2 ** 16;
/** The most types with a count of their own: those with the smallest numbers. */
export const COUNTED_TYPES = 64;
export const HOURS = 24;

const count = z.number().int().nonnegative();

const dayFigures = z.object({
  /** The actions that were written. */
  lines: count,
  /** Distinct users. */
  users: count,
  /** Distinct items. */
  items: count,
  /**
   * The actions of the user with most of them. Above `COUNTED_IDS` users it is the number for the busiest of `COUNTED_IDS` groups
   * of users, which is a little more.
   */
  largestUser: count,
  /** The same for items. */
  largestItem: count,
  /** Actions whose line equals another line of the day and is not the first such line. Many lines are sampled. */
  duplicates: count,
  /** Actions whose time is not on the day (UTC). */
  otherDays: count,
  /** Type → actions. Types beyond the first `COUNTED_TYPES` are missing. */
  types: z.record(z.string(), count),
  /** The actions of each hour of the day (UTC). (24) */
  hours: z.array(count).length(HOURS),
});

export type DayFigures = z.infer<typeof dayFigures>;

/** Returns the figures in the counts of a day's manifest; undefined for a manifest from before there were figures. */
export const figuresIn = (counts: Readonly<Record<string, unknown>>): DayFigures | undefined =>
  dayFigures.safeParse(counts.figures).data;
