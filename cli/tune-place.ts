/** The place where `offline tune` searches on this machine: its worker threads, and a configuration root that it reaches. */
import { JOBS } from '../functions/index.ts';
import { commonSchema } from '../shared/config/common-settings.ts';
import { openConfigRoot } from '../shared/config/open-config-root.ts';
import type { Runner } from '../shared/evaluation/trainings.ts';
import { type RunInput, readNode, readSettings } from '../shared/job/gather.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { openStore } from '../shared/store/open-store.ts';
import { applyPoint } from '../shared/tuning/apply.ts';
import type { Point } from '../shared/tuning/space.ts';
import { largestMemory } from './commands/run.ts';
import { checkKnownClient } from './known-client.ts';
import { localRunner } from './local/local-runner.ts';
import { WorkerPool } from './local/pool.ts';

/** Where a search runs its trainings, and where it reads and sets the client's node. */
export interface TunePlace {
  /** The client's settings of the job. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /** The text of the node, for the JSON that is printed; undefined when there is none. */
  readonly text: string | undefined;
  readonly withRunner: <T>(work: (runner: Runner) => Promise<T>) => Promise<T>;
  /** Sets the node if it still has what was read. @throws NotActivatedError */
  readonly apply: (point: Point, because: string) => Promise<void>;
}

/** @throws ConfigError, UnknownClientError */
export async function placeHere(job: AnyJob, client: string, input: RunInput, workers: number): Promise<TunePlace> {
  await checkKnownClient(client, input.configRoot);
  const { settings, warnings } = await readSettings(job, input, openConfigRoot);
  const text = (await readNode(job, input, openConfigRoot))?.text;
  return {
    settings,
    warnings,
    text,
    withRunner: async (work) => {
      await using pool = new WorkerPool(workers, Math.max(...JOBS.map(largestMemory)));
      return await work(localRunner(pool));
    },
    apply: async (point, because) => {
      await using root = await openConfigRoot(input.configRoot!);
      const store = await openStore(commonSchema.parse(settings).outputPath);
      await applyPoint({ root, store, client, job, text, point, because, when: new Date() });
    },
  };
}
