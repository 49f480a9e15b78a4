/**
 * Tunes a job for a client: a search over growing samples of users on one hold-out, and the winner's judgement on a second one
 * that no trial saw. With the last day D, W training days and H days in each hold-out:
 *
 *   D − 2H − W + 1 ──── training of trials ──── D − 2H │ ── first hold-out ── D − H │ ── second hold-out ── D
 *                 D − H − W + 1 ──── training of the winner, the client's and the defaults ──── D − H │
 *
 * Trials are ranked by NDCG of lists of 100. It takes more of a list into account than a measure of 20 items, so fewer users are
 * enough to tell settings apart.
 */
import { EmptyModelError } from '../errors.ts';
import type { MetricsDocument } from '../evaluation/metrics-document.ts';
import type { Runner } from '../evaluation/trainings.ts';
import type { AnyJob } from '../job/job.ts';
import { scorerOf } from './judge-trials.ts';
import { RungJudge, type TuneWatcher } from './rung-judge.ts';
import { RungRoots } from './rung-roots.ts';
import { rungShares } from './rungs.ts';
import { type ActionFiles, countUsers, listActions } from './sample-root.ts';
import { dollarsIn, type Ranked, runSearch } from './search.ts';
import { countingCpu, SearchState, searchFolder, searchId } from './search-state.ts';
import { CLIENT, DEFAULTS, type Trial } from './trials.ts';
import { describe, drawingOf, type TuneRequest } from './tune-request.ts';

/** The trials that are judged together, because they share the reading of the test users. */
const TOGETHER = 8;
/** The best trials of the last rung that are evaluated together, with intervals. */
const FINALISTS = 5;

export interface TuneResult {
  /** The name of the search. */
  readonly search: string;
  /** The number of users in the days that the trials read. */
  readonly users: number;
  /** The share of the users in each rung, and the number of trials that have an outcome there. */
  readonly rungs: readonly { readonly share: number; readonly trials: number }[];
  readonly trials: readonly Trial[];
  /** The trials of the last rung, the best first. */
  readonly ranked: readonly Ranked[];
  /** The best ones on the first hold-out, compared with the client's settings. */
  readonly lastRung: MetricsDocument;
  /** The winner, the client's settings and the defaults on the second hold-out, compared with the client's settings. */
  readonly final: MetricsDocument;
  /** The winner and the defaults on the second hold-out, compared with the defaults; undefined when both are the same. */
  readonly toDefaults: MetricsDocument | undefined;
  readonly winner: Trial;
  /** The trials that failed because of their settings: name → reason. */
  readonly failures: ReadonlyMap<string, string>;
  readonly spent: { readonly seconds: number; readonly cpuSeconds: number; readonly dollars: number };
}

/**
 * Runs a search to its end, or goes on with one that was stopped.
 *
 * @throws NoInputError when no user can be tested; EmptyModelError when no trial can be trained; errors of runs that no settings
 *   cause
 */
export async function tune(request: TuneRequest, runner: Runner, watcher: TuneWatcher): Promise<TuneResult> {
  const { job, client, root, actionsRoot, startDay, days, holdoutDays, skipUnfinishedDays, count, budget } = request;
  watcher.now('the actions are listed');
  const all = { client, day: startDay, days: days + 2 * holdoutDays, skipUnfinishedDays };
  const files = await listActions(actionsRoot, all, runner.openStore);
  for (const warning of files.warnings) watcher.say(`warning: ${warning}`);
  const described = describe(request, files);
  const search = searchId(described);
  const folder = searchFolder(client, search);
  const varied = request.dimensions.map(({ setting }) => setting);
  const state = await SearchState.open(await runner.openStore(root), folder, described, varied);
  const roots = new RungRoots(root, folder, runner.openStore);
  // The trials see nothing of the second hold-out.
  const seen = daysOf(files, startDay - holdoutDays, days + holdoutDays);
  const shares = await sharesOf(request, seen, state, watcher);
  const judge = new RungJudge(request, runner, watcher, { state, roots, files: seen, id: search });
  const spent = () => ({ ...state.spent, seconds: state.seconds, dollars: dollarsIn(state.outcomes) });
  const last = shares.length - 1;
  const ranked = await runSearch({
    drawing: drawingOf(request),
    trials: state.trials,
    count,
    rungs: shares.length,
    budget,
    spent,
    outcomes: state.outcomes,
    together: TOGETHER,
    judge: (rung, trials) => judge.judge(shares, rung, trials),
    save: async (rung) => {
      await state.save();
      // The models of the last rung are evaluated once more, together.
      if (rung !== undefined && rung < last) await judge.removeTrials(rung);
    },
  });

  const trained = ranked.filter(({ outcome }) => outcome.ndcg !== null);
  if (trained.length === 0) {
    throw new EmptyModelError(`no trial of all users could be trained: ${ranked[0]?.outcome.error}`);
  }
  watcher.now('the best trials are judged together');
  const best = trialsNamed(trained, new Set(trained.slice(0, FINALISTS).map(({ trial }) => trial.name)));
  const first = { root: roots.locationOf(last), actionsRoot, startDay: startDay - holdoutDays };
  const lastRung = await judge.compare('first hold-out', best, first);
  const winner = bestIn(lastRung, best, job);
  watcher.now('the winner is judged on the second hold-out');
  const compared = trialsNamed(ranked, new Set([winner.name]));
  const second = { root: roots.locationOf('final'), actionsRoot, startDay };
  const final = await judge.compare('second hold-out', compared, second);
  const pair = compared.filter(({ name }) => name === winner.name || name === DEFAULTS);
  const toDefaults = pair.length === 2 ? await judge.compare('second hold-out', pair, second, DEFAULTS) : undefined;
  await roots.removeAll(shares.length);
  return {
    search,
    users: state.users!,
    rungs: shares.map((share, rung) => ({ share, trials: state.outcomes[rung]!.size })),
    trials: state.trials,
    ranked,
    lastRung,
    final,
    toDefaults,
    winner,
    failures: failuresIn(state),
    spent: spent(),
  };
}

/** Counts the users, unless an earlier call has, and returns the share of the users in each rung. */
async function sharesOf(
  { seed, leastUsers }: TuneRequest,
  files: ActionFiles,
  state: SearchState,
  watcher: TuneWatcher,
): Promise<number[]> {
  if (state.users === undefined) {
    watcher.now('the users are counted');
    const counted = await countingCpu(state, () => countUsers(files, seed));
    state.users = counted.users;
    state.limits = rungShares(counted.users, leastUsers).map((share) => counted.limitOf(share));
    await state.save();
  }
  const shares = rungShares(state.users, leastUsers);
  state.ofRungs(shares.length);
  return shares;
}

/** Returns the files of some of the days. */
function daysOf(files: ActionFiles, day: number, days: number): ActionFiles {
  const dayOfKey = (key: string): number => Number(key.split('/').at(-2));
  const isWithin = (key: string): boolean => dayOfKey(key) > day - days && dayOfKey(key) <= day;
  return { ...files, day, days, objects: files.objects.filter(({ key }) => isWithin(key)) };
}

/** Returns the trial with the highest NDCG; of equal ones, the first. */
function bestIn({ scorers }: MetricsDocument, trials: readonly Trial[], job: AnyJob): Trial {
  const ndcgOf = ({ name }: Trial): number =>
    scorers.find((scorer) => scorer.name === scorerOf(job, name))?.ndcg.mean ?? Number.NEGATIVE_INFINITY;
  return trials.reduce((best, trial) => (ndcgOf(trial) > ndcgOf(best) ? trial : best));
}

/** Returns the trials of the client's settings and the defaults, and those with one of the names, in the order of the ranking. */
const trialsNamed = (ranked: readonly Ranked[], names: ReadonlySet<string>): Trial[] =>
  ranked.map(({ trial }) => trial).filter(({ name }) => name === CLIENT || name === DEFAULTS || names.has(name));

/** Returns the reasons in the order of the trials: the outcomes have another order once they were read. */
const failuresIn = ({ trials, outcomes }: SearchState): Map<string, string> =>
  new Map(
    trials.flatMap(({ name }) =>
      outcomes.flatMap((rung) => {
        const error = rung.get(name)?.error ?? null;
        return error === null ? [] : [[name, error] as const];
      }),
    ),
  );
