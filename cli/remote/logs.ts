/** Reads the histories of a client's executions. */
import { readCause } from '../../functions/day-arrival/failure-words.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { type RunRef, runPrefix } from '../../shared/job/run.ts';
import { type ExecutionReport, type HistoryLine, type Remote, runInName } from './remote.ts';
import { isOfDay } from './status.ts';

export interface ClientLog {
  readonly job: string;
  readonly day: number | null;
  readonly execution: ExecutionReport;
  /**
   * The key prefix of the run's plan and intermediate objects, below the output root of the pipeline; for a training of `offline
   * evaluate`, the location with the root of its own. Null before the run is named.
   */
  readonly plan: string | null;
  readonly lines: readonly HistoryLine[];
}

/** The number of executions of each job that are searched, because their names do not name the client. */
const LATEST = 200;

/** Returns the logs of each job, the newest first. */
export async function clientLogs(
  remote: Remote,
  jobs: readonly AnyJob[],
  client: string,
  day: number | undefined,
): Promise<ClientLog[]> {
  const logs: ClientLog[] = [];
  for (const job of await remote.deployed(jobs)) {
    const executions = await remote.list(await remote.machine(job.name), { limit: LATEST });
    for (const execution of executions) {
      if (execution.input.client !== client || (day !== undefined && !isOfDay(execution, day))) continue;
      const settings = execution.input.settings as { readonly startDay?: number } | undefined;
      const ran = settings?.startDay ?? null;
      logs.push({
        job: job.name,
        day: ran,
        execution,
        plan: planOf(job, client, execution),
        lines: await linesOf(remote, execution),
      });
    }
  }
  return logs;
}

/**
 * Returns an execution's history and, when a shard failed, the shard's error, which the history of the Map does not contain.
 */
async function linesOf(remote: Remote, { arn, status, stopped }: ExecutionReport): Promise<HistoryLine[]> {
  const lines = await remote.history(arn);
  const inside = status === 'FAILED' ? await remote.failureInside(arn) : undefined;
  if (inside === undefined) return lines;
  const { error, cause } = readCause(inside);
  return [...lines, { time: stopped ?? '', event: 'ShardFailed', detail: `${error}: ${cause}` }];
}

/**
 * Returns the run's work area when the execution's output or name names the run, or its input, which does after a hand-over.
 */
function planOf(job: AnyJob, client: string, execution: ExecutionReport): string | null {
  const inData = (data: ExecutionReport['output']) => (data?.run as { readonly ref?: RunRef } | undefined)?.ref?.id;
  const run = inData(execution.output) ?? inData(execution.input) ?? runInName(execution);
  if (run === undefined) return null;
  const { outputPath } = (execution.input.settings ?? {}) as { readonly outputPath?: string };
  const prefix = runPrefix(job.name, client, run);
  return outputPath === undefined ? prefix : `${outputPath}/${prefix}`;
}
