/**
 * The WebAssembly memory of one half-sweep: what lies in it, how much it takes, and the kernels set to work on it.
 *
 * Its size follows from the options alone and never grows. For K = 64, F = 15,000 fixed rows and blocks of at most
 * 1,000 rows and 100,000 neighbours: fixed rows 3.7 MiB, solutions 0.2 MiB, neighbours 0.8 MiB, all else below 0.1 MiB.
 */
import { LimitError } from '../errors.ts';
import { type AlsExports, instantiateAls, PANEL_IN_DOUBLE, paddedRank } from './als-instance.ts';
import { ADDRESSABLE_MB, layOut } from './memory-layout.ts';

/** `exact`: Cholesky. `pcg`: two steps of preconditioned conjugate gradients from the warm start. */
export type Solver = 'exact' | 'pcg';

export interface HalfSweepOptions {
  /** K, 1 to 256. */
  readonly rank: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly solver: Solver;
  /** F, the rows gathered from the fixed side. */
  readonly fixedRows: number;
  /** Rows of the largest block. */
  readonly maxRows: number;
  /** Neighbours of the largest block, all its rows together. */
  readonly maxNonZeros: number;
  /** Cap on this memory, in MiB. */
  readonly memoryMb: number;
}

export interface HalfSweepMemory {
  readonly als: AlsExports;
  /** (F,Kp) */
  readonly fixed: Float32Array;
  /** (maxRows,Kp) */
  readonly solution: Float32Array;
  /** (maxRows + 1) */
  readonly ptr: Uint32Array;
  /** (maxNonZeros) */
  readonly idx: Uint32Array;
  /** (maxNonZeros) */
  readonly score: Float32Array;
  /** Exact: the Gram matrix (Kp,Kp). PCG: its eigenvalues (Kp). */
  readonly gram: Float32Array;
  /** Exact: the Gram matrix (Kp,Kp) in float64. */
  readonly gramInDouble: Float64Array;
  /** PCG: the eigenvectors as columns (Kp,Kp), then as rows (Kp,Kp). */
  readonly eigenvectors: Float32Array;
}

/** @throws LimitError where the memory would pass `memoryMb` */
export function halfSweepMemory(options: HalfSweepOptions): HalfSweepMemory {
  const { rank, solver, fixedRows, maxRows, maxNonZeros } = options;
  const kp = paddedRank(rank);
  const exact = solver === 'exact';
  // In elements of four bytes. The kernels take rows, neighbours and their scores four at a time.
  const sizes = {
    fixed: toFour(fixedRows) * kp,
    solution: toFour(maxRows) * kp,
    ptr: maxRows + 1,
    idx: toFour(maxNonZeros),
    score: toFour(maxNonZeros) + 4,
    gram: exact ? kp * kp : kp,
    eigenvectors: exact ? 0 : 2 * kp * kp,
    scratch: exact ? (kp + 49) * kp : 8 * kp,
    gramInDouble: exact ? 2 * kp * kp : 0,
    scratchInDouble: exact ? 2 * (kp + 1 + 2 * PANEL_IN_DOUBLE) * kp : 0,
  };
  const { at, pages, sizeMb } = layOut(sizes);
  refuseBeyond(options, sizeMb);

  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const als = instantiateAls(memory);
  const { fixed, solution, ptr, idx, score, gram, eigenvectors, scratch, gramInDouble, scratchInDouble } = at;
  als.place(
    rank,
    options.lambda,
    options.alpha,
    fixed,
    solution,
    ptr,
    idx,
    score,
    gram,
    eigenvectors,
    scratch,
    gramInDouble,
    scratchInDouble,
  );
  const floats = (start: number, length: number) => new Float32Array(memory.buffer, start, length);
  return {
    als,
    fixed: floats(fixed, fixedRows * kp),
    solution: floats(solution, maxRows * kp),
    ptr: new Uint32Array(memory.buffer, ptr, maxRows + 1),
    idx: new Uint32Array(memory.buffer, idx, maxNonZeros),
    score: floats(score, maxNonZeros),
    gram: floats(gram, sizes.gram),
    gramInDouble: new Float64Array(memory.buffer, gramInDouble, sizes.gramInDouble / 2),
    eigenvectors: floats(eigenvectors, sizes.eigenvectors),
  };
}

const toFour = (count: number): number => Math.ceil(count / 4) * 4;

function refuseBeyond({ memoryMb, fixedRows, maxRows, maxNonZeros, rank }: HalfSweepOptions, needed: number): void {
  if (needed <= memoryMb && needed < ADDRESSABLE_MB) return;
  const what = `${fixedRows} fixed rows and blocks of ${maxRows} rows with ${maxNonZeros} neighbours at rank ${rank}`;
  throw new LimitError(
    needed < ADDRESSABLE_MB
      ? `ALS: ${what} need ${needed} MiB, and a shard may use ${memoryMb}: ask for more shards (--shards), or lower rank`
      : `ALS: ${what} need ${needed} MiB, and a shard can address less than ${ADDRESSABLE_MB}: ask for more shards ` +
          '(--shards), or lower rank',
  );
}
