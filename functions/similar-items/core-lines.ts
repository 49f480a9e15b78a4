/** The lines of the output: `{"item1":<smaller id>,"item2":<larger id>,"sim":<double>}`. Each pair has one line. */
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';

/** Kept pairs, in any order. A pair that both of its items keep is here twice. *R pairs.* */
export interface KeptPairs {
  /** The smaller id of each pair. (R) */
  readonly low: Float64Array;
  /** The larger id of each pair. (R) */
  readonly high: Float64Array;
  /** (R) */
  readonly sims: Float64Array;
}

export interface Lines {
  readonly text: readonly Uint8Array[];
  /** The number of bytes of each line, with its newline. */
  readonly lengths: Uint8Array;
  /** The number of similarities that are not finite. */
  readonly notFinite: number;
}

/** Lines of text that are written as one chunk. */
const CHUNK_LINES = 4096;

/** Returns the lines by item1, then the most similar first, then item2. */
export function linesOf(pairs: KeptPairs): Lines {
  const order = outputOrder(pairs);
  const { low, high, sims } = pairs;
  const text: Uint8Array[] = [];
  const lengths = new Uint8Array(order.length);
  let lines = 0;
  let chunk = '';
  let notFinite = 0;
  for (let at = 0; at < order.length; at++) {
    const pair = order[at]!;
    const line = `{"item1":${low[pair]},"item2":${high[pair]},"sim":${sims[pair]}}\n`;
    chunk += line;
    if (!Number.isFinite(sims[pair])) notFinite++;
    lengths[lines++] = line.length;
    if (lines % CHUNK_LINES === 0) {
      text.push(Buffer.from(chunk, 'latin1'));
      chunk = '';
    }
  }
  text.push(Buffer.from(chunk, 'latin1'));
  return { text, lengths, notFinite };
}

/** Returns the indexes of the pairs in output order, each pair once. */
function outputOrder({ low, high, sims }: KeptPairs): Uint32Array {
  const index = new IdIndex();
  const ranks = Uint32Array.from(low, (id) => index.add(id));
  const ascending = Float64Array.from(index.ids).sort();
  const rankOf = new Uint32Array(ascending.length);
  for (let rank = 0; rank < ascending.length; rank++) rankOf[index.get(ascending[rank]!)] = rank;
  for (let pair = 0; pair < ranks.length; pair++) ranks[pair] = rankOf[ranks[pair]!]!;
  const offsets = offsetsOf(ranks, ascending.length);
  const order = orderBy(ranks, offsets);
  for (let rank = 0; rank < ascending.length; rank++) {
    const own = order.subarray(offsets[rank]!, offsets[rank + 1]!);
    own.sort((a, b) => sims[b]! - sims[a]! || high[a]! - high[b]!);
  }
  return order.filter((pair, at) => {
    const before = at === 0 ? undefined : order[at - 1]!;
    return before === undefined || low[before] !== low[pair] || high[before] !== high[pair];
  });
}
