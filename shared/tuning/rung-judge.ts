/** Judges the trials of a search in the roots of its rungs. */
import { type InputSize, inputSizeOf } from '../cost/usage.ts';
import { EmptyModelError } from '../errors.ts';
import { EVALUATE } from '../evaluation/evaluate-variants.ts';
import { type MetricsDocument, parseMetrics } from '../evaluation/metrics-document.ts';
import { jobIn, type Runner } from '../evaluation/trainings.ts';
import { canonicalJson, type JsonValue } from '../json.ts';
import { judgeTrials, type Place, type Protocol, scorerOf } from './judge-trials.ts';
import type { RungRoots } from './rung-roots.ts';
import { type ActionFiles, writeSample } from './sample-root.ts';
import type { Outcome } from './search.ts';
import { countingCpu, type SearchState } from './search-state.ts';
import type { Point } from './space.ts';
import { priceOf } from './trial-cost.ts';
import { settingsOfPoint, sharedSettings } from './trial-settings.ts';
import { CLIENT, type Trial } from './trials.ts';
import { protocolOf, type TuneRequest } from './tune-request.ts';

/** Receives the progress of a search. */
export interface TuneWatcher {
  /** Something that is worth a line. */
  readonly say: (text: string) => void;
  /** The work that is being done now. */
  readonly now: (text: string) => void;
}

/** The most test users of a trial before it is a finalist: so many tell settings apart that differ by a few percent. */
const SEARCH_USERS = 5_000;

export class RungJudge {
  readonly #request: TuneRequest;
  readonly #runner: Runner;
  readonly #watcher: TuneWatcher;
  readonly #state: SearchState;
  readonly #roots: RungRoots;
  readonly #files: ActionFiles;
  readonly #protocol: Protocol;
  readonly #size: InputSize;
  readonly #id: string;
  readonly #sampled = new Set<number>();

  /** @param id of the search @param files the actions of the trials' days: training and first hold-out */
  constructor(
    request: TuneRequest,
    runner: Runner,
    watcher: TuneWatcher,
    { state, roots, files, id }: { state: SearchState; roots: RungRoots; files: ActionFiles; id: string },
  ) {
    this.#request = request;
    this.#runner = accounted(runner, state);
    this.#watcher = watcher;
    this.#state = state;
    this.#roots = roots;
    this.#files = files;
    this.#protocol = protocolOf(request);
    this.#size = inputSizeOf(files.objects);
    this.#id = id;
  }

  /** Judges trials in a rung. @param shares of the users in all rungs */
  async judge(shares: readonly number[], rung: number, trials: readonly Trial[]): Promise<Map<string, Outcome>> {
    const { job, startDay, holdoutDays, count, testUsers } = this.#request;
    const { outcomes, trials: all, users = 0 } = this.#state;
    const share = shares[rung]!;
    const sample = Math.ceil(share * users).toLocaleString('en-US');
    const named = `rung ${rung + 1} of ${shares.length}, ${sample} users`;
    const of = rung === 0 ? ` of ${Math.max(count, all.length)}` : '';
    this.#watcher.now(`${named}: ${outcomes[rung]!.size}${of} trials are judged`);
    const actionsRoot = await this.#actionsRoot(rung, share);
    const place = { root: this.#roots.locationOf(rung), actionsRoot, startDay: startDay - holdoutDays };
    const protocol = { ...this.#protocol, testUsers: Math.min(testUsers, SEARCH_USERS) };
    const { metrics, failures } = await judgeTrials(job, trials, protocol, place, this.#runner);
    if (metrics === undefined && rung === 0 && outcomes[0]!.size === 0) {
      throw new EmptyModelError(`none of the first trials could be trained: ${[...failures.values()][0]}`);
    }
    const found = new Map<string, Outcome>();
    for (const { name, point } of trials) {
      const scorer = scorerOf(job, name);
      const ndcg = metrics?.scorers.find((one) => one.name === scorer)?.ndcg.mean ?? null;
      found.set(name, { ndcg, error: failures.get(scorer) ?? null, dollars: await this.#price(point, share) });
    }
    const [best, { ndcg }] = [...found].reduce((a, b) => ((b[1].ndcg ?? -1) > (a[1].ndcg ?? -1) ? b : a));
    this.#watcher.say(
      `${named}: ${found.size} more trials${ndcg === null ? ' failed' : `, the best of them ${best} with NDCG ${ndcg.toFixed(4)}`}`,
    );
    return found;
  }

  /**
   * Evaluates trials together for a result with intervals, unless an earlier call has.
   *
   * @param name of the hold-out
   * @param reference the trial that the others are compared with
   */
  async compare(name: string, trials: readonly Trial[], place: Place, reference = CLIENT): Promise<MetricsDocument> {
    const key = `${name}, against ${reference}: ${trials.map((trial) => trial.name).join(', ')}`;
    const known = this.#state.judged.get(key);
    if (known !== undefined) return known;
    const { job } = this.#request;
    const { metrics, failures } = await judgeTrials(job, trials, this.#protocol, place, this.#runner, reference);
    if (metrics === undefined) throw new EmptyModelError([...failures.values()][0]);
    // A later call reads the evaluation from the state, where names are in alphabetical order.
    const sorted = parseMetrics(canonicalJson(metrics as JsonValue), key);
    this.#state.judged.set(key, sorted);
    await this.#state.save();
    return sorted;
  }

  /** Removes the models of a rung's trials, which were judged. */
  async removeTrials(rung: number): Promise<void> {
    const { client, job, jobs } = this.#request;
    await this.#roots.removeTrials(rung, client, [job, jobIn(jobs, EVALUATE)]);
  }

  /** Returns the root with the actions of a rung's users. The sample is written when the rung begins. */
  async #actionsRoot(rung: number, share: number): Promise<string> {
    if (share === 1) return this.#request.actionsRoot;
    if (!this.#sampled.has(rung)) {
      const sample = { seed: this.#request.seed, limit: this.#state.limits[rung]!, id: this.#id };
      const store = await this.#roots.storeOf(rung);
      await countingCpu(this.#state, () => writeSample(this.#files, sample, store));
      this.#sampled.add(rung);
    }
    return this.#roots.locationOf(rung);
  }

  #price(point: Point, share: number): Promise<number | null> {
    const { job, settings, dimensions, days, holdoutDays } = this.#request;
    const all = { ...sharedSettings(job, settings, dimensions), ...settingsOfPoint(point), days };
    // The files are those of training and hold-out.
    const bytes = (share * this.#size.bytes * days) / (days + holdoutDays);
    return priceOf(job, all, { ...this.#size, bytes });
  }
}

/** Adds up the CPU time of all runs, and writes the state after each one. */
const accounted = (runner: Runner, state: SearchState): Runner => ({
  ...runner,
  run: async (job, input, name) => {
    const cost = await runner.run(job, input, name);
    state.spent.cpuSeconds += cost.cpuMs / 1000;
    await state.save();
    return cost;
  },
});
