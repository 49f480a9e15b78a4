/**
 * The Gram matrix YᵀY of a side, the same bits however the rows are spread over shards.
 *
 * *K rank, Kp padded rank.* Rows in dense order are cut into leaves of 256 (the last may be shorter). A leaf's matrix is
 * summed in float32, row after row; leaves are added in float64 up a binary tree of fixed shape: node (level, index)
 * stands for the leaves index × 2^level up to, not including, (index + 1) × 2^level, and what the end leaves incomplete
 * is added from the right. Five leaves give ((0 + 1) + (2 + 3)) + 4, also from a shard with the leaves 0 to 2 (nodes
 * (1,0) and (0,2)) and one with 3 and 4 (nodes (0,3) and (0,4)).
 */
import { type AlsExports, FLOAT_BYTES, instantiateAls, PAGE_BYTES, paddedRank } from './als-instance.ts';

export const GRAM_LEAF_ROWS = 256;

/** A complete node of the tree. */
export interface GramNode {
  readonly level: number;
  readonly index: number;
  /** (K,K) symmetric. */
  readonly sum: Float64Array;
}

/** Adds leaves and nodes as they come, in the order of their rows, keeping only the nodes that nothing completes yet. */
export class GramTree {
  readonly #rank: number;
  readonly #nodes: GramNode[] = [];
  #nextLeaf: number;

  /** A tree over the leaves from `firstLeaf` on: a shard's, or (0) the whole. */
  constructor(rank: number, firstLeaf = 0) {
    this.#rank = rank;
    this.#nextLeaf = firstLeaf;
  }

  /** Rows (R,Kp) from the next leaf on: whole leaves, except where the side ends. */
  addRows(rows: Float32Array): void {
    const leaf = GRAM_LEAF_ROWS * paddedRank(this.#rank);
    for (let start = 0; start < rows.length; start += leaf) {
      this.add({ level: 0, index: this.#nextLeaf, sum: gramLeaf(rows.subarray(start, start + leaf), this.#rank) });
    }
  }

  /** The node that follows what was added. Throws RangeError for another: sums in another order are other bits. */
  add(node: GramNode): void {
    if (node.index * 2 ** node.level !== this.#nextLeaf) {
      throw new RangeError(`Gram matrix: node (${node.level},${node.index}) does not start at leaf ${this.#nextLeaf}`);
    }
    this.#nextLeaf += 2 ** node.level;
    let right = node;
    for (;;) {
      const left = this.#nodes.at(-1);
      if (right.index % 2 === 0 || left?.level !== right.level) break;
      this.#nodes.pop();
      right = { level: right.level + 1, index: (right.index - 1) / 2, sum: plus(left.sum, right.sum) };
    }
    this.#nodes.push(right);
  }

  /** The nodes that stand for all that was added, in leaf order: at most two of a level. */
  nodes(): readonly GramNode[] {
    return [...this.#nodes];
  }

  /** The sum over all rows, (K,K); zero where there were none. */
  total(): Float64Array {
    const zero = new Float64Array(this.#rank * this.#rank);
    return (
      this.#nodes.reduceRight<Float64Array | undefined>(
        (sum, node) => (sum ? plus(node.sum, sum) : node.sum),
        undefined,
      ) ?? zero
    );
  }
}

/** The Gram matrix, (K,K) symmetric, of rows (R,Kp). */
export function gramOf(rows: Float32Array, rank: number): Float64Array {
  const tree = new GramTree(rank);
  tree.addRows(rows);
  return tree.total();
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i]! + b[i]!;
  return sum;
}

/** One memory a thread, large enough for a leaf and its matrix at any rank. */
let leafMemory: { readonly als: AlsExports; readonly buffer: ArrayBuffer } | undefined;

const LARGEST_RANK = 256;
const ROWS_AT = PAGE_BYTES;
const MATRIX_AT = ROWS_AT + GRAM_LEAF_ROWS * LARGEST_RANK * FLOAT_BYTES;
const END = MATRIX_AT + LARGEST_RANK * LARGEST_RANK * FLOAT_BYTES;

/** The matrix (K,K) of at most 256 rows (R,Kp). */
function gramLeaf(rows: Float32Array, rank: number): Float64Array {
  if (leafMemory === undefined) {
    const memory = new WebAssembly.Memory({ initial: END / PAGE_BYTES });
    leafMemory = { als: instantiateAls(memory), buffer: memory.buffer };
  }
  const { als, buffer } = leafMemory;
  const kp = paddedRank(rank);
  new Float32Array(buffer, ROWS_AT, rows.length).set(rows);
  als.gramLeaf(ROWS_AT, rows.length / kp, MATRIX_AT, kp * FLOAT_BYTES);
  const upper = new Float32Array(buffer, MATRIX_AT, kp * kp);
  const sum = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = i; j < rank; j++) {
      const value = upper[i * kp + j]!;
      sum[i * rank + j] = value;
      sum[j * rank + i] = value;
    }
  }
  return sum;
}
