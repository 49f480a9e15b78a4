/** Finds the day folders of a job folder, by one listing. */
import { SUCCESS } from './keys.ts';
import type { Store } from './store.ts';

/** *Days are days since 1970-01-01 UTC.* */
export interface DayFolders {
  /** The days that have a folder with any object. */
  readonly all: ReadonlySet<number>;
  /** The days whose folder has a `_SUCCESS`, ascending. */
  readonly whole: readonly number[];
}

/** @param folder the key prefix of the job folder, which ends in `/` */
export async function dayFoldersIn(store: Store, folder: string): Promise<DayFolders> {
  const all = new Set<number>();
  const whole: number[] = [];
  for await (const { key } of store.list(folder)) {
    const [name, file, ...deeper] = key.slice(folder.length).split('/') as [string, ...string[]];
    if (!/^\d{1,9}$/.test(name) || file === undefined || deeper.length > 0) continue;
    all.add(Number(name));
    if (file === SUCCESS) whole.push(Number(name));
  }
  return { all, whole: whole.sort((a, b) => a - b) };
}
