/**
 * The usage of a folded run. One process sees all invocations, so it adds them up itself and leaves no mark for each.
 *
 * A run that was folded from its first step to its last has the usual steps in `usage.json`, with the memory of the function
 * that folds. The line `fold` is what the process needed beside them. If the run began or goes on in other states, `fold` is
 * all that the process used, as a mark among the marks of the other functions.
 */

import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { HandlerEnvironment } from '../job/configure.ts';
import type { AnyJob } from '../job/job.ts';
import { type RunRef, workAreaOf } from '../job/run.ts';
import { FOLD } from '../job/state-machine.ts';
import { addedTraffic, noTraffic } from '../store/metered-store.ts';
import { Meter } from './meter.ts';
import { Account, type InvocationUsage, markKey, marksOf } from './usage.ts';

/** The high-water mark of the process's memory, MiB. */
const memoryMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

type MeteredEnvironment = Pick<HandlerEnvironment, 'openStore' | 'log' | 'build'>;

export class FoldedUsage {
  /** The environment for what the process does beside the invocations. */
  readonly own: HandlerEnvironment;
  readonly #job: AnyJob;
  readonly #meter = new Meter();
  readonly #since = performance.now();
  readonly #invocations: { readonly step: string; readonly used: InvocationUsage }[] = [];

  constructor(job: AnyJob, { openStore, log, build }: MeteredEnvironment) {
    this.#job = job;
    this.own = this.#meter.environment(log, build, openStore);
  }

  /** Runs an invocation in a metered environment, and adds what it used. @param step the account name */
  async measure<T>(
    step: string,
    { openStore, log, build }: MeteredEnvironment,
    body: (metered: HandlerEnvironment) => Promise<T>,
  ): Promise<T> {
    const meter = new Meter();
    const since = performance.now();
    try {
      return await body(meter.environment(log, build, openStore));
    } finally {
      this.#invocations.push({ step, used: meter.used(performance.now() - since, memoryMb()) });
    }
  }

  /** Writes `usage.json` of a run that is done, or else the mark of this process. */
  async close(ref: RunRef, isDone: boolean): Promise<void> {
    const { store, prefix } = workAreaOf(ref, await this.own.openStore(ref.output));
    if (!isDone) {
      await store.put(prefix + markKey(FOLD.name, randomUUID(), this.#whole()), '');
      return;
    }
    const marks = await marksOf(store, prefix);
    const isFolded = marks.every(({ step }) => step === 'configure');
    const account = new Account(this.#job, { isFolded });
    for (const { step, used } of marks) account.add(step, used);
    if (isFolded) for (const { step, used } of this.#invocations) account.add(step, used);
    // Closing the account looks at the plan once.
    const closing = { ...noTraffic(), gets: 1 };
    const own = isFolded ? this.#rest() : this.#whole();
    account.add(FOLD.name, { ...own, ...addedTraffic(own, closing) });
    await account.close(ref, this.own.openStore, null);
  }

  /** Returns what the process used in all until now, with one PUT for the mark or the account that follows. */
  #whole(): InvocationUsage {
    const milliseconds = performance.now() - this.#since;
    const rest = this.#rest();
    const traffic = this.#invocations.reduce(
      (sum, { used }) => addedTraffic(sum, used),
      addedTraffic(rest, noTraffic()),
    );
    return { ...traffic, milliseconds, memoryMb: rest.memoryMb };
  }

  /** Returns what the process used beside its invocations. */
  #rest(): InvocationUsage {
    const inside = this.#invocations.reduce((sum, { used }) => sum + used.milliseconds, 0);
    const used = this.#meter.used(performance.now() - this.#since - inside, memoryMb());
    return { ...used, puts: used.puts + 1 };
  }
}
