import { defined } from '../../shared/defined.ts';
import { dayFolders } from '../../shared/job/inputs.ts';
import { type DayOutput, defineJob, type OutputFile } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { partName } from '../../shared/store/keys.ts';
import { settings } from './settings.ts';
import { count, total } from './steps.ts';

export const itemCounts = defineJob({
  name: 'item-counts',
  version: 1,
  summary: 'Item counts: how many actions each item has.',
  scope: 'client',
  settings,
  writes: 'item-counts',
  users: [],
  inputs: dayFolders('actions', 'group-actions'),
  steps: [count, total],
  publish: async (run): Promise<DayOutput> => {
    const counted = await run.work.openAll(count);
    const { lines, rejected, forgotten } = readCounts(counted);
    const part: OutputFile = { name: partName(0), pieces: [{ key: run.work.key(total, 0) }] };
    return { files: [part, ...rejectedFile(counted)], counts: defined({ lines, rejected, forgotten }) };
  },
});
