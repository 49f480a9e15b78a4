/**
 * Sums over blocks that no shard can change: up a binary tree of fixed shape over the blocks' numbers.
 *
 * A shard adds up the whole nodes that its blocks cover; joining the shards' nodes in order gives the rest. Blocks 0 to 7,
 * shards [0, 3) and [3, 8):
 *
 *   first shard    (level 1, 0) = 0+1   (level 0, 2) = 2
 *   second shard   (level 0, 3) = 3     (level 2, 1) = (4+5)+(6+7)
 *   together       (level 3, 0) = ((0+1)+(2+3)) + ((4+5)+(6+7)), whatever the shards
 */

/** A node covers the blocks `index << level` up to, not including, `(index + 1) << level`. */
export interface TreeNode<T> {
  readonly level: number;
  readonly index: number;
  readonly sum: T;
}

export class TreeSum<T> {
  readonly #add: (left: T, right: T) => T;
  /** Nodes from left to right that have no whole sibling yet. */
  readonly nodes: TreeNode<T>[] = [];

  constructor(add: (left: T, right: T) => T) {
    this.#add = add;
  }

  /** Adds the node right of those before it. */
  push(node: TreeNode<T>): void {
    let right = node;
    for (;;) {
      const left = this.nodes.at(-1);
      if (left === undefined || left.level !== right.level || left.index !== right.index - 1 || right.index % 2 === 0)
        break;
      this.nodes.pop();
      right = { level: right.level + 1, index: left.index >> 1, sum: this.#add(left.sum, right.sum) };
    }
    this.nodes.push(right);
  }

  /** The sum over all blocks, once all of them have been added. */
  root(): T {
    if (this.nodes.length !== 1 || this.nodes[0]?.index !== 0) {
      throw new RangeError(`the blocks added do not make a whole tree: ${this.nodes.length} nodes are left`);
    }
    return this.nodes[0].sum;
  }
}

export const addNumbers = (left: number, right: number): number => left + right;

/** What is summed over the rows solved: K rank, `gram` (K, K) or null where there is no row. */
export interface SideSums {
  readonly gram: Float64Array | null;
  /** See `HalfSweep.solve`. */
  readonly objective: number;
  readonly regularization: number;
}

export const addSums = (left: SideSums, right: SideSums): SideSums => ({
  gram: addGrams(left.gram, right.gram),
  objective: left.objective + right.objective,
  regularization: left.regularization + right.regularization,
});

/** Into the left one: a node's own sum is not needed once it is part of another. */
function addGrams(left: Float64Array | null, right: Float64Array | null): Float64Array | null {
  if (left === null || right === null) return left ?? right;
  for (let at = 0; at < left.length; at++) left[at]! += right[at]!;
  return left;
}
