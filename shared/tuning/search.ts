/**
 * Successive halving: judges trials rung by rung, and lets the best third of each rung go on.
 *
 * Nothing but the trials and their outcomes is kept between two calls, and everything follows from them: a search that was
 * stopped goes on where it was, and one with more trials or a larger budget takes over all outcomes of a smaller one.
 */
import { type Budget, mayBegin, type Spent } from './budget.ts';
import { promotedFrom } from './rungs.ts';
import { CLIENT, DEFAULTS, type Drawing, nextTrials, type Trial } from './trials.ts';

/** The outcome of one trial in one rung. */
export type Outcome = {
  /** The mean NDCG of the test users, 0 to 1; null for a trial that failed because of its settings. */
  readonly ndcg: number | null;
  /** Why it failed. */
  readonly error: string | null;
  /** The predicted price of its training on AWS; null when it is unknown. */
  readonly dollars: number | null;
};

/** Trial name → outcome, for each rung. */
export type Outcomes = readonly ReadonlyMap<string, Outcome>[];

export interface Search {
  readonly drawing: Drawing;
  /** The trials so far. More are added up to `count`. */
  readonly trials: Trial[];
  readonly count: number;
  readonly rungs: number;
  /** Undefined: all trials are judged. */
  readonly budget: Budget | undefined;
  /** Returns what this search has spent, also in earlier calls. */
  readonly spent: () => Spent;
  /** The outcomes so far: one map for each rung. */
  readonly outcomes: readonly Map<string, Outcome>[];
  /** The number of trials that are judged together, because they share the reading of the test users. */
  readonly together: number;
  /** Judges trials in a rung, and returns an outcome for each. It throws what no settings can cause. */
  readonly judge: (rung: number, trials: readonly Trial[]) => Promise<ReadonlyMap<string, Outcome>>;
  /** Is called whenever trials were added, or outcomes in a rung. */
  readonly save: (rung?: number) => Promise<void>;
}

/** A trial with its outcome in one rung. */
export interface Ranked {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

/** Runs the search to its end, and returns the trials of the last rung, the best first. */
export async function runSearch(search: Search): Promise<Ranked[]> {
  const { trials, rungs, outcomes } = search;
  await judgeFirstRung(search);
  let ranked = rankingOf(trials, outcomes[0]!);
  for (let rung = 1; rung < rungs; rung++) {
    const promoted = ranked.slice(0, promotedFrom(ranked.length)).map(({ trial }) => trial);
    // The winner is compared with the client's settings and the defaults, so they are always in the last rung.
    const anchors = anchorsOf(rung === rungs - 1 ? trials : promoted);
    const chosen = [...new Set([...anchors, ...promoted])];
    // The best one of the rung before is judged in any case. Without it there might be nothing but the anchors.
    await judgeAll(search, rung, chosen, new Set([...anchors, ...promoted.slice(0, 1)]));
    ranked = rankingOf(chosen, outcomes[rung]!);
  }
  return ranked;
}

/** Draws trials batch by batch, each when the outcomes of the one before are known. */
async function judgeFirstRung(search: Search): Promise<void> {
  const { drawing, trials, count, together, outcomes, save } = search;
  for (;;) {
    const needed = new Set(trials.length === 0 ? trials : [...anchorsOf(trials), trials[0]!]);
    if (!(await judgeAll(search, 0, trials, needed))) return;
    const wanted = Math.min(together, count - trials.length);
    const best = rankingOf(trials, outcomes[0]!).map(({ trial }) => trial);
    const drawn = wanted <= 0 ? [] : nextTrials(drawing, trials, best, wanted);
    if (drawn.length === 0) return;
    trials.push(...drawn);
    await save();
  }
}

/**
 * Judges the trials that have no outcome yet. Returns false when the budget is used up.
 *
 * @param needed those that are judged even then
 */
async function judgeAll(
  { outcomes, together, budget, spent, rungs, judge, save }: Search,
  rung: number,
  trials: readonly Trial[],
  needed: ReadonlySet<Trial>,
): Promise<boolean> {
  const known = outcomes[rung]!;
  const missing = trials.filter(({ name }) => !known.has(name));
  const begins = () => budget === undefined || mayBegin(budget, spent(), rung, rungs);
  for (let at = 0; at < missing.length; at += together) {
    const batch = missing.slice(at, at + together);
    const judged = begins() ? batch : batch.filter((trial) => needed.has(trial));
    if (judged.length === 0) continue;
    for (const [name, outcome] of await judge(rung, judged)) known.set(name, outcome);
    await save(rung);
  }
  return begins();
}

const anchorsOf = (trials: readonly Trial[]): Trial[] =>
  trials.filter(({ name }) => name === CLIENT || name === DEFAULTS);

/** Returns the price of all outcomes; those of unknown price do not count. */
export const dollarsIn = (outcomes: Outcomes): number =>
  outcomes.flatMap((rung) => [...rung.values()]).reduce((sum, { dollars }) => sum + (dollars ?? 0), 0);

/**
 * Returns the trials that have an outcome, the best first. Failed trials come last. Of equal ones, the one that comes first
 * among the trials is better: the client's settings before all others.
 */
export function rankingOf(trials: readonly Trial[], outcomes: ReadonlyMap<string, Outcome>): Ranked[] {
  const score = ({ outcome }: Ranked): number => outcome.ndcg ?? Number.NEGATIVE_INFINITY;
  return trials
    .flatMap((trial) => {
      const outcome = outcomes.get(trial.name);
      return outcome === undefined ? [] : [{ trial, outcome }];
    })
    .sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)));
}
