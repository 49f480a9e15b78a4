/**
 * Shows the progress of jobs: on a terminal a live line for each job, elsewhere plain lines. It writes to stderr, so that
 * stdout holds the result only.
 */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { hearWaits } from '../shared/wait.ts';
import type { RunWatcher } from './local/run-job.ts';

export interface Progress {
  /** Prints a line that stays. */
  say(text: string): void;
  /** Shows the current state. On a terminal it replaces the state before; elsewhere it is left out. */
  now(text: string): void;
}

/** Does `work` under a title. Quiet work shows only its warnings and its failure. */
export async function withProgress<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  if (process.stderr.isTTY) return live(title, (progress) => sayingWaits(progress, work));
  process.stderr.write(`${title}\n`);
  const plain: Progress = { say: (text) => process.stderr.write(`  ${text}\n`), now: () => undefined };
  return sayingWaits(plain, work);
}

/** Reports waits through the progress, because a line from elsewhere would break a live display. */
async function sayingWaits<T>(progress: Progress, work: (progress: Progress) => Promise<T>): Promise<T> {
  const stop = hearWaits(({ text }) => progress.say(text));
  try {
    return await work(progress);
  } finally {
    stop();
  }
}

async function live<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  let result: T | undefined;
  const list = new Listr<unknown, 'default'>(
    {
      title,
      task: async (_context, task) => {
        const started = performance.now();
        const elapsed = () => seconds((performance.now() - started) / 1000);
        result = await work({
          say: (text) => {
            task.output = text;
          },
          now: (text) => {
            task.title = `${title}: ${text} · ${elapsed()}`;
          },
        });
        task.title = `${title} · ${elapsed()}`;
      },
      rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    },
    {
      // By default listr2 draws on stdout, which is for the result.
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
      forceTTY: true,
    },
  );
  await list.run();
  return result as T;
}

/** Shows a run's steps: `solve 3/4 shards, 12/s`. @param job is shown before them when several jobs run at once */
export function watchRun(progress: Progress, job?: string): RunWatcher {
  let began = performance.now();
  const named = (text: string): string => (job === undefined ? text : `${job}: ${text}`);
  return {
    step: (name, shards) => {
      began = performance.now();
      progress.now(named(shards === undefined ? name : `${name} 0/${shards} shards`));
    },
    shard: (name, done, of) => {
      const rate = done / ((performance.now() - began) / 1000);
      progress.now(named(`${name} ${done}/${of} shards, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s`));
    },
    log: ({ level, message }) => progress.say(named(level === 'warn' ? `warning: ${message}` : message)),
  };
}

export const seconds = (value: number): string => (value < 9.95 ? `${value.toFixed(1)} s` : `${value.toFixed(0)} s`);
