/** `offline run <job> --client C …`: runs one job for one client on this machine. */
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { loadJob } from '../../functions/registry.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { UsageError } from '../../shared/errors.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { handlersOfMachine } from '../../shared/job/state-machine.ts';
import { WorkerPool } from '../local/pool.ts';
import { type RunSummary, runLocally } from '../local/run-job.ts';
import { withSharedRoots } from '../local/shared-roots.ts';
import { type RunOptions, runInput, withJobArgument, withRunOptions } from '../options.ts';
import { watchRun, withProgress } from '../progress.ts';
import { runReport, writeResult } from '../report.ts';
import { checkSetKeys } from '../set-keys.ts';

export function runCommand(): Command {
  return withRunOptions(
    withJobArgument(new Command('run'))
      .description('run one job for one client')
      .requiredOption('--client <name>', 'the client'),
  ).action(async (name: string, options: RunOptions & { client: string; json?: boolean }) => {
    const job = await loadJob(name);
    if (job.scope !== 'client') throw new UsageError(`${name} has a command of its own: offline ${name}`);
    checkSetKeys([job], options.set);
    const input = await withSharedRoots(job, JOBS, runInput(options.client, options, [job]), openConfigRoot);
    await runAndReport(job, input, options);
  });
}

/** Runs a job with progress on stderr and its report, or its summary as JSON, on stdout. */
export async function runAndReport(
  job: AnyJob,
  input: RunInput,
  options: { readonly workers: number; readonly json?: boolean },
): Promise<void> {
  await using pool = new WorkerPool(options.workers, largestMemory(job));
  const title = input.client === undefined ? job.name : `${job.name} of ${input.client}`;
  const summary: RunSummary = await withProgress(title, (progress) =>
    runLocally(job, { ...input, requestedAt: new Date().toISOString() }, pool, watchRun(progress)),
  );
  writeResult(summary, options.json, runReport);
}

/** Returns the heap that a worker thread may have: the memory of the job's largest function. */
export const largestMemory = (job: AnyJob): number =>
  Math.max(...handlersOfMachine(job).map((handler) => handler.memoryMb));
