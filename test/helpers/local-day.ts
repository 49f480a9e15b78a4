/** The local run of the same input: what a deployed pipeline must publish, to the byte. */
import { join } from 'node:path';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { offlineSummary } from './offline.ts';

export interface LocalDay {
  /** Raw logs as collectors write them. */
  readonly logs: string;
  readonly day: number;
  readonly output: string;
  /** Client → its configuration of the matrix factorization, JSON. */
  readonly clients: Readonly<Record<string, string>>;
}

/** Groups the day and factorizes each client's, by the command line. */
export async function runDayLocally({ logs, day, output, clients }: LocalDay): Promise<void> {
  const date = new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
  const pattern = join(logs, 'actions.%y/%m%d/*/*');
  await offlineSummary([
    ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', date, '--output-path-dir', output],
  ]);
  for (const [client, config] of Object.entries(clients)) {
    const args = ['--client', client, '--start-day', String(day), '--input-path', output, '--output-path', output];
    // What is to be active is no matter of the output's bytes, and here is nothing to activate in.
    await offlineSummary(['run', 'matrix-factorization', ...args, '--config', '-', '--set', 'activate=false'], {
      input: config,
    });
  }
}
