/** Runs a day by the command line: a deployed pipeline must publish the same bytes for the same input. */
import { join } from 'node:path';
import { JOBS } from '../../functions/index.ts';
import { dayOrder, jobsOfDay } from '../../shared/job/day-order.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { offlineSummary } from './offline.ts';

export interface LocalDay {
  /** The folder of the raw logs, with the folders that collectors write. */
  readonly logs: string;
  readonly day: number;
  readonly output: string;
  /** Client → job → its configuration as JSON. */
  readonly clients: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Environment variables of the commands, such as secrets. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Groups the day and runs the jobs of each client in the order of a day, by the command line. A job that accompanies one of them
 * needs no configuration.
 */
export async function runDayLocally({ logs, day, output, clients, env = {} }: LocalDay): Promise<void> {
  const date = new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
  const pattern = join(logs, 'actions.%y/%m%d/*/*');
  await offlineSummary([
    ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', date, '--output-path-dir', output],
  ]);
  for (const [client, configs] of Object.entries(clients)) {
    const args = ['--client', client, '--start-day', String(day), '--input-path', output, '--output-path', output];
    const jobs = jobsOfDay(JOBS, new Set(Object.keys(configs)));
    for (const { name } of dayOrder(jobs).flat()) {
      const input = configs[name] ?? '{}';
      // Activation does not change the output's bytes, and a local run has no configuration root to activate in.
      const config = ['--config', '-', ...('activate' in JSON.parse(input) ? ['--set', 'activate=false'] : [])];
      await offlineSummary(['run', name, ...args, ...config], { input, env });
    }
  }
}
