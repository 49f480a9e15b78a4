/**
 * Rows on their way from shard to shard: what stands beside each id of one side, the other side's ids as they are.
 *
 *   users 7 and 3, of 2 blocks   ids        [7, 3]             (R) distinct, in layout order (block, id)
 *   7: items 20, 10, 20          blockRows  [0, 1, 2]          (blocks + 1) where the rows of each block begin
 *   3: item 10                   ptr        [0, 3, 4]          (R + 1) row r's entries are ptr[r] … ptr[r + 1]
 *                                neighbours [20, 10, 20, 10]   (N) in the order of the input
 *                                values     [1, 1, 2, 1]       (N) what each entry says: an action's type, a pair's score
 */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { layOut } from './core-blocks.ts';

export type RowValues = Uint8Array | Float32Array;

/** Rows whose ids may repeat and stand in any order. */
export interface Runs<V extends RowValues> {
  readonly ids: Float64Array;
  readonly ptr: Uint32Array;
  readonly neighbours: Float64Array;
  readonly values: V;
}

export interface RowList<V extends RowValues> extends Runs<V> {
  readonly blockRows: Uint32Array;
}

/** Joins runs to one row an id: entries stay in the order of `lists`, and of each list. */
export function groupRows<V extends RowValues>(lists: readonly Runs<V>[], blocks: number): RowList<V> {
  const index = new IdIndex();
  const rowsOf = lists.map(({ ids }) => Uint32Array.from(ids, (id) => index.add(id)));
  const { ids, offsets } = layOut(index.ids, blocks);
  const placeOf = new Uint32Array(ids.length);
  for (let place = 0; place < ids.length; place++) placeOf[index.get(ids[place] as number)] = place;

  const ptr = new Uint32Array(ids.length + 1);
  for (const [list, { ptr: runs }] of lists.entries()) {
    const rows = rowsOf[list] as Uint32Array;
    for (let run = 0; run < rows.length; run++) {
      rows[run] = placeOf[rows[run] as number] as number;
      ptr[(rows[run] as number) + 1]! += (runs[run + 1] as number) - (runs[run] as number);
    }
  }
  for (let row = 0; row < ids.length; row++) ptr[row + 1]! += ptr[row] as number;

  const length = ptr[ids.length] as number;
  const neighbours = new Float64Array(length);
  const values = emptyLike(lists, length);
  const next = ptr.slice();
  for (const [list, from] of lists.entries()) {
    const rows = rowsOf[list] as Uint32Array;
    for (let run = 0; run < rows.length; run++) {
      const row = rows[run] as number;
      let to = next[row] as number;
      for (let at = from.ptr[run] as number; at < (from.ptr[run + 1] as number); at++) {
        neighbours[to] = from.neighbours[at] as number;
        values[to++] = from.values[at] as number;
      }
      next[row] = to;
    }
  }
  return { ids, blockRows: offsets, ptr, neighbours, values };
}

function emptyLike<V extends RowValues>(lists: readonly Runs<V>[], length: number): V {
  const make = (lists[0]?.values.constructor ?? Uint8Array) as new (length: number) => V;
  return new make(length);
}

/** Collects actions by user. Logs are sorted by user, so mostly one run holds all that a user did. */
export class ActionRuns {
  readonly #ids = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #items = new Growable(Float64Array);
  readonly #types = new Growable(Uint8Array);
  #user = -1;

  /** `type`: a place in the list of weightings. */
  add(user: number, item: number, type: number): void {
    if (user !== this.#user) {
      this.#user = user;
      this.#ids.push(user);
      this.#starts.push(this.#items.length);
    }
    this.#items.push(item);
    this.#types.push(type);
  }

  grouped(blocks: number): RowList<Uint8Array> {
    const ids = this.#ids.view();
    const ptr = new Uint32Array(ids.length + 1);
    ptr.set(this.#starts.view());
    ptr[ids.length] = this.#items.length;
    return groupRows([{ ids, ptr, neighbours: this.#items.view(), values: this.#types.view() }], blocks);
  }
}
