/**
 * The ALS kernels as typed functions over a memory.
 *
 * *K rank; Kp = K rounded up to a multiple of 8.* Every factor row is Kp float32 with zero padding, so the kernels' loops
 * have no remainder to handle.
 */
import { instantiate } from './instantiate.ts';
import { paddedLength } from './memory-layout.ts';

/** Byte offsets into the memory; see `assembly/als.ts` and `assembly/problem.ts`. */
export interface AlsExports {
  place(
    rank: number,
    lambda: number,
    alpha: number,
    fixed: number,
    solution: number,
    pointers: number,
    indices: number,
    scores: number,
    rowCounts: number,
    gram: number,
    eigenvectors: number,
    scratch: number,
    gramInDouble: number,
    scratchInDouble: number,
  ): void;
  rotateFixed(rows: number): void;
  /** Returns the first row without a finite solution, or -1. */
  solve(rows: number, exact: boolean, countsGiven: boolean): number;
  gramLeaf(at: number, rows: number, matrix: number, rowStride: number, panel: number): void;
  multiplyAdd(a: number, b: number, c: number): number;
  readonly objective: WebAssembly.Global;
  readonly regularization: WebAssembly.Global;
}

/** Rows that the kernels convert to float64 at a time: `PANEL_IN_DOUBLE` of `assembly/dense-double.ts`. */
export const PANEL_IN_DOUBLE = 48;

/** Kp: the number of floats in a stored factor row. */
export const paddedRank: (rank: number) => number = paddedLength;

export function instantiateAls(memory: WebAssembly.Memory): AlsExports {
  return instantiate<AlsExports>('als', memory);
}

/**
 * True when the hardware rounds a × b + c once, as arm64 and every x86 with FMA3 do. On other hardware the last bit of the
 * factors may differ.
 */
export function fusedMultiplyAdd(): boolean {
  // (1 + 2^-12)² = 1 + 2^-11 + 2^-24: the last term survives only when the product is not rounded before the addition.
  const a = 1 + 2 ** -12;
  const { multiplyAdd } = instantiateAls(new WebAssembly.Memory({ initial: 0 }));
  return multiplyAdd(a, a, -(1 + 2 ** -11)) === 2 ** -24;
}
