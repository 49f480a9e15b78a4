/** The histories of a client's executions. */
import { readCause } from '../../functions/day-arrival/failure-words.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { type RunRef, runPrefix } from '../../shared/job/run.ts';
import type { ExecutionReport, HistoryLine, Remote } from './remote.ts';
import { isOfDay } from './status.ts';

export interface ClientLog {
  readonly job: string;
  readonly day: number | null;
  readonly execution: ExecutionReport;
  /** Where the run's plan and intermediate objects lie, below the output root; null before the run is named. */
  readonly plan: string | null;
  readonly lines: readonly HistoryLine[];
}

/** Executions looked through of each job: their names do not say whose they are. */
const LATEST = 200;

/** Of each job the newest first. */
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

/** Its history and, where a shard failed, what the shard said: the history of the Map says only that it did. */
async function linesOf(remote: Remote, { arn, status, stopped }: ExecutionReport): Promise<HistoryLine[]> {
  const lines = await remote.history(arn);
  const inside = status === 'FAILED' ? await remote.failureInside(arn) : undefined;
  if (inside === undefined) return lines;
  const { error, cause } = readCause(inside);
  return [...lines, { time: stopped ?? '', event: 'ShardFailed', detail: `${error}: ${cause}` }];
}

/** The run's work area, where the execution's output or name tells the run. */
function planOf(job: AnyJob, client: string, { name, output }: ExecutionReport): string | null {
  const ended = (output?.run as { readonly ref?: RunRef } | undefined)?.ref?.id;
  const run = ended ?? /-([0-9a-f]{16})-\d+$/.exec(name)?.[1];
  return run === undefined ? null : runPrefix(job.name, client, run);
}
