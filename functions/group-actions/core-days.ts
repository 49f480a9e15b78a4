/** Tells whether a day's input is of that day: a pattern that names no day reads all of them, day after day. */
import { dayInWords } from '../../shared/in-words.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';

/** Clocks and zones differ: a day before or behind is not another day yet. */
const NEAR_DAYS = 1;
/** Days counted one by one; a log of more says nothing by its commonest ones. */
const MOST_DAYS = 4096;
/** Days that an error shows. */
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
  /** The day of the last action and how many came one after another: most actions have the day of the one before. */
  #last = Number.NaN;
  #run = 0;

  /** @param runDay day number of the run */
  constructor(runDay: number) {
    this.#runDay = runDay;
  }

  /** Adds an action; returns whether it is of another day than the run's. */
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

/** What shards counted, together. */
export function addDays(shards: readonly DayCounts[]): DayCounts {
  const days = new Map<number, number>();
  for (const [day, actions] of shards.flatMap((shard) => shard.days)) days.set(day, (days.get(day) ?? 0) + actions);
  return {
    actions: shards.reduce((sum, shard) => sum + shard.actions, 0),
    far: shards.reduce((sum, shard) => sum + shard.far, 0),
    days: [...days],
  };
}

/** The days with most actions, in words: `2011-12-07 (15315): 600 actions`. Of equals the earlier first. */
export const commonestDays = ({ days }: DayCounts): string =>
  [...days]
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, SHOWN)
    .map(([day, actions]) => `${dayInWords(day)}: ${actions}`)
    .join(', ');
