/** Grouped actions in memory, and their way to the core in batches, as jobs collect them. */
import { Growable } from '../../../shared/columns/growable.ts';
import { type ActionBatch, BATCH_ROWS } from '../../../shared/model/action-columns.ts';
import {
  ACTION_COLUMNS,
  type ActionColumn,
  type ActionRuns,
  RunCollector,
} from '../../../shared/shuffle/action-runs.ts';
import { type GroupedRuns, groupRuns } from '../../../shared/shuffle/join-runs.ts';
import { type CollectOptions, selection } from '../../../shared/shuffle/user-actions.ts';
import { filesIn, readActionFiles } from '../files.ts';

type Column = Exclude<keyof ActionBatch, 'count'>;
const COLUMNS: readonly Column[] = ['users', 'items', 'types', 'times', 'values'];

const batchOf = (count: number, column: (name: Column) => Float64Array): ActionBatch => ({
  count,
  users: column('users'),
  items: column('items'),
  types: column('types'),
  times: column('times'),
  values: column('values'),
});

/** Reads all actions of the plain files in a folder. */
export function actionsIn(folder: string): ActionBatch {
  const columns = new Map(COLUMNS.map((name) => [name, new Growable(Float64Array)]));
  const count = readActionFiles(filesIn(folder), (batch) => {
    for (const [name, column] of columns) {
      column.append(batch[name].subarray(0, batch.count) as Float64Array<ArrayBuffer>);
    }
  });
  return batchOf(count, (name) => columns.get(name)?.view() as Float64Array);
}

/** Groups the actions that `options` keep by user, users ascending. It changes the columns of `actions`. */
export const groupedByUser = (actions: ActionBatch, options: CollectOptions): GroupedRuns<ActionColumn> =>
  groupRuns([runsByUser(actions, options)], ONE_BUCKET);

/** Returns the actions that `options` keep as runs of one user, in the order of the actions. */
export function runsByUser(actions: ActionBatch, options: CollectOptions): ActionRuns {
  const collector = new RunCollector(options.columns ?? ACTION_COLUMNS);
  const select = selection(options);
  for (let from = 0; from < actions.count; from += BATCH_ROWS) {
    const to = Math.min(from + BATCH_ROWS, actions.count);
    collector.add(select(batchOf(to - from, (name) => actions[name].subarray(from, to))));
  }
  return collector.runs();
}

/** The number of buckets without a shuffle, which orders users by id alone. */
export const ONE_BUCKET = 1;
