/** The columns of runs by name. */
import type { NarrowColumn } from '../../shared/columns/narrow.ts';
import type { Runs } from '../../shared/shuffle/runs.ts';

const NO_ROWS: NarrowColumn = new Uint8Array();

/** Returns columns by name. An object without rows may have no columns: its columns are empty. */
export const columnsOf = <Name extends string>(
  { columns }: Runs<Name>,
  ...names: Name[]
): Readonly<Record<Name, NarrowColumn>> =>
  Object.fromEntries(names.map((name) => [name, columns.get(name) ?? NO_ROWS])) as Record<Name, NarrowColumn>;
