/**
 * Sums over blocks whose bits do not depend on the shards: they are taken up a binary tree of fixed shape over the
 * blocks' numbers.
 *
 * A shard adds up the whole nodes that its blocks cover. Joining the shards' nodes in order gives the rest of the tree.
 * With blocks 0 to 7 and shards [0, 3) and [3, 8):
 *
 *   first shard    (level 1, 0) = 0+1   (level 0, 2) = 2
 *   second shard   (level 0, 3) = 3     (level 2, 1) = (4+5)+(6+7)
 *   together       (level 3, 0) = ((0+1)+(2+3)) + ((4+5)+(6+7)), whatever the shards
 */

/** A node covers the blocks `index << level` up to, not including, `(index + 1) << level`. */
export type TreeNode<T> = {
  readonly level: number;
  readonly index: number;
  readonly sum: T;
};

export class TreeSum<T> {
  readonly #add: (left: T, right: T) => T;
  /** The nodes that have no whole sibling yet, from left to right. */
  readonly nodes: TreeNode<T>[] = [];

  constructor(add: (left: T, right: T) => T) {
    this.#add = add;
  }

  /** Adds a node. It must follow the last node that was added. */
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

  /** Returns the sum over all blocks. @throws RangeError when a block is missing */
  root(): T {
    if (this.nodes.length !== 1 || this.nodes[0]?.index !== 0) {
      throw new RangeError(`the blocks added do not make a whole tree: ${this.nodes.length} nodes are left`);
    }
    return this.nodes[0].sum;
  }
}

export const addNumbers = (left: number, right: number): number => left + right;

/** Sums over solved rows. *K rank.* */
export interface SideSums {
  /** (K,K), or null without any row. */
  readonly gram: Float64Array | null;
  /** See `BlockSums` of the kernel. */
  readonly objective: number;
  readonly regularization: number;
}

/**
 * Adds two sums. The left Gram matrix receives the result: a node's own sum is not needed once it is part of another.
 */
export const addSums = (left: SideSums, right: SideSums): SideSums => ({
  gram: addGrams(left.gram, right.gram),
  objective: left.objective + right.objective,
  regularization: left.regularization + right.regularization,
});

function addGrams(left: Float64Array | null, right: Float64Array | null): Float64Array | null {
  if (left === null || right === null) return left ?? right;
  for (let at = 0; at < left.length; at++) left[at]! += right[at]!;
  return left;
}
