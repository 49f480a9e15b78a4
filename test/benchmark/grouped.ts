/** The generated logs as grouped actions: what the jobs that read actions are measured on, other than on a shop's day. */
import { existsSync } from 'node:fs';
import type { Data } from './data.ts';
import { logsPattern } from './logs.ts';
import { groupActions } from './offline.ts';
import { CLIENT, DAY } from './places.ts';

/** Where grouped actions lie: those of the whole data as plain parts and as gzip, and a quarter's as plain parts. */
export const groupedFolder = (data: Data, kind: 'plain' | 'gzip' | 'quarter'): string =>
  `${data.folder}/grouped-${kind}`;

/** Groups the generated logs once, by the project's own job. */
export async function prepareActions(data: Data): Promise<void> {
  for (const kind of ['plain', 'gzip', 'quarter'] as const) {
    const folder = groupedFolder(data, kind);
    if (existsSync(`${folder}/${CLIENT}/actions/${DAY}/_SUCCESS`)) continue;
    process.stderr.write(`bench: grouping the logs (${kind})\n`);
    const logs = kind === 'quarter' ? 'quarter-logs' : 'logs';
    await groupActions(logsPattern(`${data.folder}/${logs}`), folder, kind === 'gzip', { workers: 2 });
  }
}
