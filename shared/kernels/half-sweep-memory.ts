/**
 * The WebAssembly memory of one half-sweep: its parts, its size, and the kernels that work on it.
 *
 * The size follows from the options alone and never grows. For K = 64, F = 15,000 fixed rows and blocks of at most
 * 1,000 rows and 100,000 neighbours: fixed rows 3.7 MiB, solutions 0.2 MiB, neighbours 0.8 MiB, all else below 0.1 MiB.
 */
import { type AlsExports, instantiateAls, PANEL_IN_DOUBLE, paddedRank } from './als-instance.ts';
import { layOut, requireMemory } from './memory-layout.ts';

/** `exact`: Cholesky. `pcg`: two steps of preconditioned conjugate gradients from the warm start. */
export type Solver = 'exact' | 'pcg';

/** Rows that the exact solver gathers at a time: `PANEL` of `assembly/exact.ts`. */
const PANEL = 48;
/** Float32 rows of scratch, beside the matrix (Kp,Kp): b and the panel. */
const EXACT_SCRATCH_ROWS = PANEL + 1;
/** Float64 rows of scratch, beside the matrix (Kp,Kp): b, the panel and the weighted panel. */
const EXACT_DOUBLE_ROWS = 1 + 2 * PANEL_IN_DOUBLE;
/** Float32 rows of scratch: `improve` needs five, `rotate` eight. */
const PCG_SCRATCH_ROWS = 8;
/** A float64 takes two elements of four bytes. */
const ELEMENTS_OF_DOUBLE = 2;

export interface HalfSweepOptions {
  /** K, 1 to 256. */
  readonly rank: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly solver: Solver;
  /** F, the number of rows gathered from the fixed side. */
  readonly fixedRows: number;
  /** Rows of the largest block. */
  readonly maxRows: number;
  /** Neighbours of the largest block, over all its rows. */
  readonly maxNonZeros: number;
  /** The most that this memory may take, in MiB. */
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
  /** (maxRows) n of each row. */
  readonly n: Float64Array;
  /** Exact: the Gram matrix (Kp,Kp). PCG: its eigenvalues (Kp). */
  readonly gram: Float32Array;
  /** Exact: the Gram matrix (Kp,Kp) in float64. */
  readonly gramInDouble: Float64Array;
  /** PCG: the eigenvectors as columns (Kp,Kp), then as rows (Kp,Kp). */
  readonly eigenvectors: Float32Array;
}

/** @throws LimitError when the memory would pass `memoryMb` */
export function halfSweepMemory(options: HalfSweepOptions): HalfSweepMemory {
  const { rank, solver, fixedRows, maxRows, maxNonZeros } = options;
  const kp = paddedRank(rank);
  const exact = solver === 'exact';
  // In elements of four bytes. The kernels take rows, neighbours and their scores four at a time.
  const sizes = {
    fixed: toMultipleOfFour(fixedRows) * kp,
    solution: toMultipleOfFour(maxRows) * kp,
    ptr: maxRows + 1,
    idx: toMultipleOfFour(maxNonZeros),
    score: toMultipleOfFour(maxNonZeros) + 4,
    n: ELEMENTS_OF_DOUBLE * maxRows,
    gram: exact ? kp * kp : kp,
    eigenvectors: exact ? 0 : 2 * kp * kp,
    scratch: (exact ? kp + EXACT_SCRATCH_ROWS : PCG_SCRATCH_ROWS) * kp,
    gramInDouble: exact ? ELEMENTS_OF_DOUBLE * kp * kp : 0,
    scratchInDouble: exact ? ELEMENTS_OF_DOUBLE * (kp + EXACT_DOUBLE_ROWS) * kp : 0,
  };
  const { at, pages, sizeMb } = layOut(sizes);
  requireMemory(sizeMb, options.memoryMb, {
    need: `ALS: ${fixedRows} fixed rows and blocks of ${maxRows} rows with ${maxNonZeros} neighbours at rank ${rank} need`,
    owner: 'a shard',
    cure: 'ask for more shards (--shards), or lower rank',
  });

  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const als = instantiateAls(memory);
  const { fixed, solution, ptr, idx, score, n, gram, eigenvectors, scratch, gramInDouble, scratchInDouble } = at;
  als.place(
    rank,
    options.lambda,
    options.alpha,
    fixed,
    solution,
    ptr,
    idx,
    score,
    n,
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
    n: new Float64Array(memory.buffer, n, maxRows),
    gram: floats(gram, sizes.gram),
    gramInDouble: new Float64Array(memory.buffer, gramInDouble, sizes.gramInDouble / ELEMENTS_OF_DOUBLE),
    eigenvectors: floats(eigenvectors, sizes.eigenvectors),
  };
}

const toMultipleOfFour = (count: number): number => Math.ceil(count / 4) * 4;
