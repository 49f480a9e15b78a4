/** The generated logs as grouped actions, for measurements that do not use a shop's day. */
import { existsSync } from 'node:fs';
import type { Data } from './data.ts';
import { logsPattern } from './logs.ts';
import { groupActions } from './offline.ts';
import { CLIENT, DAY } from './places.ts';

/** Returns the folder of grouped actions: of all users as plain files or gzip, or of a quarter of the users as plain files. */
export const groupedFolder = (data: Data, kind: 'plain' | 'gzip' | 'quarter'): string =>
  `${data.folder}/grouped-${kind}`;

/** Groups the generated logs by the project's job, unless they are grouped already. */
export async function prepareActions(data: Data): Promise<void> {
  for (const kind of ['plain', 'gzip', 'quarter'] as const) {
    const folder = groupedFolder(data, kind);
    if (existsSync(`${folder}/${CLIENT}/actions/${DAY}/_SUCCESS`)) continue;
    process.stderr.write(`bench: grouping the logs (${kind})\n`);
    const logs = kind === 'quarter' ? 'quarter-logs' : 'logs';
    await groupActions(logsPattern(`${data.folder}/${logs}`), folder, kind === 'gzip', { workers: 2 });
  }
}
