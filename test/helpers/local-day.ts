/** The local run of the same input: what a deployed pipeline must publish, to the byte. */
import { join } from 'node:path';
import { JOBS } from '../../functions/index.ts';
import { dayOrder } from '../../shared/job/day-order.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { offlineSummary } from './offline.ts';

export interface LocalDay {
  /** Raw logs as collectors write them. */
  readonly logs: string;
  readonly day: number;
  readonly output: string;
  /** Client → job → its configuration, JSON. */
  readonly clients: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of the commands: secrets, for example. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Groups the day and runs the jobs of each client in the day's order, by the command line. */
export async function runDayLocally({ logs, day, output, clients, env = {} }: LocalDay): Promise<void> {
  const date = new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
  const pattern = join(logs, 'actions.%y/%m%d/*/*');
  await offlineSummary([
    ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', date, '--output-path-dir', output],
  ]);
  for (const [client, configs] of Object.entries(clients)) {
    const args = ['--client', client, '--start-day', String(day), '--input-path', output, '--output-path', output];
    for (const { name } of dayOrder(JOBS).flat()) {
      const input = configs[name];
      if (input === undefined) continue;
      // What is to be active is no matter of the output's bytes, and here is nothing to activate in.
      const config = ['--config', '-', ...('activate' in JSON.parse(input) ? ['--set', 'activate=false'] : [])];
      await offlineSummary(['run', name, ...args, ...config], { input, env });
    }
  }
}
