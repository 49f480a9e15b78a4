/**
 * Counts actions by day, to find an input of a wrong day. A pattern without a day, for example, reads the logs of all days in
 * each run.
 */
import { dayInWords } from '../../shared/in-words.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';

/** Clocks and time zones differ, so the day before and the day after do not count as far. */
const NEAR_DAYS = 1;
/** The most days that are counted one by one. In a log of more days, the days with most actions say nothing. */
const MOST_DAYS = 4096;
/** The number of days that an error shows. */
const SHOWN = 5;

/** The number of actions on each day. */
export type DayCounts = {
  readonly actions: number;
  /** Actions whose UTC day differs from the run's by more than one. */
  readonly far: number;
  readonly days: readonly (readonly [day: number, actions: number])[];
};

/** Counts the days of actions. */
export class DayCounter {
  readonly #runDay: number;
  readonly #days = new Map<number, number>();
  #actions = 0;
  #far = 0;
  /** The day of the last action. */
  #last = Number.NaN;
  /**
   * The number of actions since the day last changed. They are added together, because consecutive actions mostly have one day.
   */
  #run = 0;

  /** @param runDay the day of the run, in days since 1970-01-01 UTC */
  constructor(runDay: number) {
    this.#runDay = runDay;
  }

  /** Adds an action. Returns true when its day is not the run's day. */
  add(timeMs: number): boolean {
    const day = Math.floor(timeMs / MS_PER_DAY);
    if (day !== this.#last) {
      this.#flush();
      this.#last = day;
    }
    this.#run++;
    return day !== this.#runDay;
  }

  counts(): DayCounts {
    this.#flush();
    const days = [...this.#days].sort(([a], [b]) => a - b);
    return { actions: this.#actions, far: this.#far, days };
  }

  #flush(): void {
    const [day, run] = [this.#last, this.#run];
    this.#run = 0;
    if (run === 0) return;
    this.#actions += run;
    if (Math.abs(day - this.#runDay) > NEAR_DAYS) this.#far += run;
    const before = this.#days.get(day);
    if (before !== undefined || this.#days.size < MOST_DAYS) this.#days.set(day, (before ?? 0) + run);
  }
}

/** Returns the sums over all shards. */
export function addDays(shards: readonly DayCounts[]): DayCounts {
  const days = new Map<number, number>();
  for (const [day, actions] of shards.flatMap((shard) => shard.days)) days.set(day, (days.get(day) ?? 0) + actions);
  return {
    actions: shards.reduce((sum, shard) => sum + shard.actions, 0),
    far: shards.reduce((sum, shard) => sum + shard.far, 0),
    days: [...days],
  };
}

/**
 * Returns the days with most actions in words, `2011-12-07 (15315): 600, …`. Of days with equally many, the earlier one is
 * first.
 */
export const commonestDays = ({ days }: DayCounts): string =>
  [...days]
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, SHOWN)
    .map(([day, actions]) => `${dayInWords(day)}: ${actions}`)
    .join(', ');
