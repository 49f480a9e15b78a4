/** Reads lines by user back from the objects of the shards that wrote them. */
import { doublesIn, integersIn } from '../../../shared/columns/bytes.ts';
import { groupRuns } from '../../../shared/shuffle/join-runs.ts';
import { orderActions, type UserActions } from '../../../shared/shuffle/order-actions.ts';
import { cellsIn, type LinesMeta, type UserLines } from '../../../shared/shuffle/user-lines.ts';
import { openInMemory } from '../../helpers/segment-file.ts';
import type { PlainAction } from '../../reference/visits.ts';

/** Returns actions in the form in which the shuffle passes them to a job's core. */
export function userActions(actions: readonly PlainAction[], buckets: number): UserActions {
  const column = (field: keyof PlainAction) => Float64Array.from(actions, (action) => action[field]);
  const columns = new Map([
    ['items', column('item')] as const,
    ['times', column('timeMs')] as const,
    ['types', column('type')] as const,
  ]);
  const starts = Uint32Array.from({ length: actions.length + 1 }, (_, run) => run);
  return orderActions(groupRuns([{ ids: column('user'), starts, columns }], buckets));
}

export interface ReadCell {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  /** Users and their lines in the order of the object. */
  readonly users: readonly (readonly [user: number, lines: readonly string[]])[];
}

/** Returns the cells of one shard. */
export async function cellsOf(lines: UserLines): Promise<ReadCell[]> {
  const file = await openInMemory<LinesMeta>(lines.finish());
  const users = doublesIn(await file.read('users'));
  const lengths = integersIn(await file.read('lengths'));
  const text = Buffer.from(await file.read('text'));
  let [user, byte] = [0, 0];
  return cellsIn(file).map((cell) => {
    const end = byte + cell.bytes;
    const read = Array.from({ length: cell.users }, () => {
      const own = text.toString('latin1', byte, byte + lengths[user]!);
      byte += lengths[user]!;
      return [users[user++]!, own.split('\n').slice(0, -1)] as const;
    });
    if (byte !== end)
      throw new Error(`the cell has ${cell.bytes} bytes, but its users' lines end at ${byte} instead of ${end}`);
    return { from: cell.from, to: cell.to, lines: cell.lines, users: read };
  });
}

/** Returns the lines of each user, users ascending. */
export async function linesOf(lines: UserLines): Promise<Map<number, readonly string[]>> {
  const cells = await cellsOf(lines);
  return new Map(cells.flatMap(({ users }) => users).sort(([a], [b]) => a - b));
}
