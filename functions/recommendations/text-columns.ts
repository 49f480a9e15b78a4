/** The client's own texts of ids, as columns of a shard's object. */
import { ascending, offsetsOf, orderBy, permuted } from '../../shared/columns/counting-sort.ts';
import type { IdTexts } from '../../shared/model/id-texts.ts';
import { bucketOfId } from '../../shared/shuffle/buckets.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';

/** *U users and I items with a text, B buckets of users.* */
export const TEXTS = new ColumnTable({
  'user texts': Uint8Array, // UTF-8, one text after another
  'item texts': Uint8Array,
  'named users': Float64Array, // (U) ids in layout order
  'user starts': Uint32Array, // (U + 1) the first byte of each user's text, and the end
  'users assigned': Uint8Array, // (U) 1 if the id was made from the text
  'named items': Float64Array, // (I) ids, ascending
  'item starts': Uint32Array, // (I + 1)
  'items assigned': Uint8Array, // (I)
  'text offsets': Uint32Array, // (B + 1) the first user of each bucket
});

/** Returns the columns of `TEXTS`. */
export function textColumns(texts: IdTexts, buckets: number) {
  const users = columnsOf([...texts.entries('user')], buckets);
  // One bucket holds all items.
  const items = columnsOf([...texts.entries('item')], 1);
  return {
    'user texts': users.texts,
    'item texts': items.texts,
    'named users': users.ids,
    'user starts': users.starts,
    'users assigned': users.assigned,
    'named items': items.ids,
    'item starts': items.starts,
    'items assigned': items.assigned,
    'text offsets': users.offsets,
  };
}

function columnsOf(entries: readonly (readonly [id: number, text: string, assigned: boolean])[], buckets: number) {
  const ids = Float64Array.from(entries, ([id]) => id);
  const bucketOf = Uint32Array.from(ids, (id) => bucketOfId(id, buckets));
  const offsets = offsetsOf(bucketOf, buckets);
  const order = orderBy(bucketOf, offsets, ascending(ids));
  const texts = Array.from(order, (entry) => Buffer.from(entries[entry]![1]));
  const starts = new Uint32Array(texts.length + 1);
  for (const [place, text] of texts.entries()) starts[place + 1] = starts[place]! + text.length;
  const assigned = Uint8Array.from(order, (entry) => Number(entries[entry]![2]));
  return { ids: permuted(ids, order), starts, assigned, texts: Buffer.concat(texts), offsets };
}
