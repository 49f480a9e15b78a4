/** Runs the trainings of an evaluation on the worker threads of this process. */
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import type { Runner } from '../../shared/evaluation/trainings.ts';
import { foldersRead } from '../../shared/job/gather.ts';
import type { RunRef } from '../../shared/job/run.ts';
import { handlersOfMachine } from '../../shared/job/state-machine.ts';
import { openStore } from '../../shared/store/open-store.ts';
import type { WorkerPool } from './pool.ts';
import { type RunWatcher, runLocally } from './run-job.ts';

const MS_PER_SECOND = 1000;

/** @param watcherOf returns the receiver of a run's progress, by the name of its variant or its job */
export function localRunner(pool: WorkerPool, watcherOf: (name: string) => RunWatcher = () => ({})): Runner {
  return {
    // Each run has enough shards for all threads, or is short. Two at once fill the threads between the steps.
    atOnce: Math.min(2, pool.size),
    openStore,
    foldersRead: (job, input) => foldersRead(job, input, openConfigRoot),
    configure: async (job, { requestedAt, ...input }, name) => {
      const { timeoutSeconds } = handlersOfMachine(job).find(({ name }) => name === 'configure')!;
      const watcher = watcherOf(name);
      const call = { job: job.name, handler: 'configure', event: { input, requestedAt } };
      const onLog = watcher.log?.bind(watcher) ?? (() => undefined);
      return (await pool.invoke(call, timeoutSeconds, onLog, () => undefined)) as RunRef;
    },
    run: async (job, input, name) => {
      const { steps } = await runLocally(job, input, pool, watcherOf(name));
      return { cpuMs: steps.reduce((sum, { cpuSeconds }) => sum + cpuSeconds * MS_PER_SECOND, 0) };
    },
  };
}
