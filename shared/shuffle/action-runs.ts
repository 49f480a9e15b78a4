/** Collects the actions of a shard's input as runs by user (`runs.ts`), for the shuffle. */
import { Growable } from '../columns/growable.ts';
import { narrowed } from '../columns/narrow.ts';
import type { ActionBatch } from '../model/action-columns.ts';
import type { Runs } from './runs.ts';

export type ActionColumn = 'items' | 'times' | 'types';
export const ACTION_COLUMNS: readonly ActionColumn[] = ['items', 'times', 'types'];

export type ActionRuns = Runs<ActionColumn>;

/** Takes actions in batches. */
export class RunCollector {
  readonly #users: Growable<Float64Array<ArrayBuffer>>;
  readonly #starts: Growable<Uint32Array<ArrayBuffer>>;
  readonly #columns: ReadonlyMap<ActionColumn, Growable<Float64Array<ArrayBuffer>>>;
  #length = 0;
  #lastUser = Number.NaN;

  /** @param capacity the actions that fit without growing; memory that is never written to costs nothing */
  constructor(columns: readonly ActionColumn[], capacity?: number) {
    this.#users = new Growable(Float64Array, capacity);
    this.#starts = new Growable(Uint32Array, capacity);
    this.#columns = new Map(columns.map((name) => [name, new Growable(Float64Array, capacity)]));
  }

  add(batch: ActionBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const user = batch.users[row]!;
      if (user === this.#lastUser) continue;
      this.#lastUser = user;
      this.#users.push(user);
      this.#starts.push(this.#length + row);
    }
    this.#length += batch.count;
    for (const [name, column] of this.#columns) {
      column.append(batch[name].subarray(0, batch.count) as Float64Array<ArrayBuffer>);
    }
  }

  /** Returns the runs of all actions. The collector must not be used any more. */
  runs(): ActionRuns {
    this.#starts.push(this.#length);
    const columns = new Map([...this.#columns].map(([name, column]) => [name, narrowed(column.view())] as const));
    return { ids: this.#users.view(), starts: this.#starts.view(), columns };
  }
}
