/**
 * The Huffman tree over a vocabulary, as paths from the root to the words (Mikolov et al. 2013, after `word2vec.c`).
 *
 * *V words, most frequent first; V - 1 inner nodes, numbered in the order in which they are made, the root last.* A path is
 * a list of steps. A step is one number: the inner node × 2 + the branch taken at it (the code, 0 or 1). For counts 4, 2, 1:
 *
 *   node 0 joins the words 2 and 1 (counts 1 and 2)           paths  word 0: 1·2+1   word 1: 1·2+0, 0·2+1
 *   node 1, the root, joins node 0 (count 3) and word 0 (4)          word 2: 1·2+0, 0·2+0
 */
export interface HuffmanTree {
  /** (V + 1): word w has the steps starts[w] (inclusive) to starts[w + 1] (exclusive). */
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly steps: Uint32Array<ArrayBuffer>;
  /** The number of steps of the longest path. */
  readonly depth: number;
}

/** @param counts (V) in descending order */
export function huffmanTree(counts: ArrayLike<number>): HuffmanTree {
  const words = counts.length;
  const { parents, branches } = joinRarest(counts);
  const root = Math.max(0, 2 * words - 2);
  const starts = new Uint32Array(words + 1);
  let depth = 0;
  for (let word = 0; word < words; word++) {
    let length = 0;
    for (let node = word; node !== root; node = parents[node]!) length++;
    starts[word + 1] = starts[word]! + length;
    depth = Math.max(depth, length);
  }
  const steps = new Uint32Array(starts[words]!);
  for (let word = 0; word < words; word++) {
    let at = starts[word + 1]!;
    for (let node = word; node !== root; node = parents[node]!) {
      steps[--at] = (parents[node]! - words) * 2 + branches[node]!;
    }
  }
  return { starts, steps, depth };
}

/**
 * Joins the two rarest nodes that are not joined yet, until one node is left. Words queue from the rarest up, inner nodes in
 * the order in which they were made, so both queues ascend. Of equal counts the inner node goes first. Entries 0 … V - 1
 * are the words, V … 2V - 2 the inner nodes.
 */
function joinRarest(counts: ArrayLike<number>): { parents: Uint32Array; branches: Uint8Array } {
  const words = counts.length;
  const weights = Float64Array.from({ length: Math.max(0, 2 * words - 1) }, (_, node) => counts[node] ?? 0);
  const parents = new Uint32Array(weights.length);
  const branches = new Uint8Array(weights.length);
  let word = words - 1;
  let inner = words;
  for (let made = words; made < weights.length; made++) {
    const takeRarest = (): number => {
      const wordIsRarer = inner === made || weights[word]! < weights[inner]!;
      return word >= 0 && wordIsRarer ? word-- : inner++;
    };
    const left = takeRarest();
    const right = takeRarest();
    weights[made] = weights[left]! + weights[right]!;
    parents[left] = made;
    parents[right] = made;
    branches[right] = 1;
  }
  return { parents, branches };
}
