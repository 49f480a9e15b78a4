/**
 * The WebAssembly memory of the best items: its parts, its size, and the kernel that works on it.
 *
 * The size follows from the number of items, the rank and the lists' length alone and never grows. For I = 15,000 items of rank 64
 * and lists of 20: the items take 8 MiB, a chunk of users 4 MiB.
 */
import { instantiate } from './instantiate.ts';
import { DOUBLE_BYTES, FLOAT_BYTES, layOut, paddedLength, requireMemory } from './memory-layout.ts';

/** Byte offsets into the memory; see `assembly/best-items.ts`. */
interface BestItemsExports {
  shape(rank: number, wanted: number, capacity: number): void;
  placeItems(
    heads: number,
    middles: number,
    lasts: number,
    published: number,
    bounds0: number,
    bounds1: number,
    bounds2: number,
    bounds3: number,
    indexes: number,
    taken: number,
  ): void;
  placeUsers(
    users: number,
    turned: number,
    userBounds: number,
    limits: number,
    heapCounts: number,
    heaps: number,
    candidateCounts: number,
    candidates: number,
    bestCounts: number,
    bestScores: number,
    bestItems: number,
    matrix: number,
    scratch: number,
  ): void;
  turn(count: number, weight: number, slack: number): void;
  putItems(first: number, count: number): void;
  refill(user: number): void;
  scan(u0: number, u1: number, u2: number, u3: number, lanes: number, from: number, end: number): void;
  settle(user: number): void;
  readonly multiplications: WebAssembly.Global;
}

export interface BestItemsMemory {
  readonly kernel: BestItemsExports;
  /** N. */
  readonly wanted: number;
  /** The most users of a chunk, C, a multiple of 4. */
  readonly chunk: number;
  /** (C,Kp) published vectors, of users or, while items are put in, of items. */
  readonly vectors: Float32Array;
  /** (C,4) the bounds of these vectors. */
  readonly bounds: Float32Array;
  /** (Kp,Kp) */
  readonly matrix: Float64Array;
  /** (C) the score that a user's further items must reach. */
  readonly limits: Float32Array;
  readonly candidateCounts: Uint32Array;
  readonly bestCounts: Uint32Array;
  /** (C,N) */
  readonly bestScores: Float32Array;
  /** (C,N) */
  readonly bestItems: Uint32Array;
  /** (I') the largest bound after no dimension, by place. It falls. */
  readonly norms: Float32Array;
  /** (I') the index of the item at each place. */
  readonly indexes: Uint32Array;
  /** (I') a bit for each of a tile's users, set when the user must not get the item. All bits are set past the last item. */
  readonly taken: Uint8Array;
}

/** Items are laid out in groups of so many: `GROUP` of `assembly/best-items.ts`. */
export const GROUP_ITEMS = 8;
/** Dimensions of the first two rounds: `FIRST_DIMENSIONS` and `SECOND_DIMENSIONS` there. */
const FIRST_DIMENSIONS = 8;
const SECOND_DIMENSIONS = 24;
/** The memory that the users of a chunk may take. Their state must stay near the processor. */
const CHUNK_BYTES = 4 * 2 ** 20;
const LARGEST_CHUNK = 2_048;
/** Candidates of a user before it is settled, beside twice the lists' length. */
const MORE_CANDIDATES = 64;
/** Elements of four bytes. */
const ELEMENTS_OF_DOUBLE = DOUBLE_BYTES / FLOAT_BYTES;
/** Numbers before the counts of a user: limits, and the counts of heap, candidates and best. */
const NUMBERS_OF_USER = 4;

/** @throws LimitError when the memory would pass what can be addressed */
export function bestItemsMemory(items: number, rank: number, wanted: number): BestItemsMemory {
  const kp = paddedLength(rank);
  const capacity = 2 * wanted + MORE_CANDIDATES;
  const elementsOfUser = 2 * kp + 4 + NUMBERS_OF_USER + wanted + 2 * capacity + 2 * wanted;
  const fitting = Math.floor(CHUNK_BYTES / (FLOAT_BYTES * elementsOfUser));
  const chunk = Math.max(4, Math.min(fitting, LARGEST_CHUNK) & ~3);
  const places = paddedLength(items);
  const second = Math.min(SECOND_DIMENSIONS, kp);
  const sizes = {
    heads: places * FIRST_DIMENSIONS,
    middles: places * (second - FIRST_DIMENSIONS),
    lasts: places * (kp - second),
    published: places * kp,
    bounds0: places,
    bounds1: places,
    bounds2: places,
    bounds3: places,
    indexes: places,
    taken: places / FLOAT_BYTES,
    users: chunk * kp,
    turned: chunk * kp,
    userBounds: chunk * 4,
    limits: chunk,
    heapCounts: chunk,
    heaps: chunk * wanted,
    candidateCounts: chunk,
    candidates: chunk * 2 * capacity,
    bestCounts: chunk,
    bestScores: chunk * wanted,
    bestItems: chunk * wanted,
    matrix: ELEMENTS_OF_DOUBLE * kp * kp,
    scratch: ELEMENTS_OF_DOUBLE * 8 * kp,
  };
  const { at, pages, sizeMb } = layOut(sizes);
  requireMemory(sizeMb, Number.POSITIVE_INFINITY, {
    need: `the best ${wanted} of ${items} items of rank ${rank} need`,
    owner: 'a kernel',
    cure: 'give the items in smaller tiles, or ask for shorter lists',
  });
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernel = instantiate<BestItemsExports>('best-items', memory);
  kernel.shape(rank, wanted, capacity);
  kernel.placeItems(
    at.heads,
    at.middles,
    at.lasts,
    at.published,
    at.bounds0,
    at.bounds1,
    at.bounds2,
    at.bounds3,
    at.indexes,
    at.taken,
  );
  kernel.placeUsers(
    at.users,
    at.turned,
    at.userBounds,
    at.limits,
    at.heapCounts,
    at.heaps,
    at.candidateCounts,
    at.candidates,
    at.bestCounts,
    at.bestScores,
    at.bestItems,
    at.matrix,
    at.scratch,
  );
  const { buffer } = memory;
  const taken = new Uint8Array(buffer, at.taken, places);
  taken.fill(255, items);
  return {
    kernel,
    wanted,
    chunk,
    vectors: new Float32Array(buffer, at.users, chunk * kp),
    bounds: new Float32Array(buffer, at.userBounds, chunk * 4),
    matrix: new Float64Array(buffer, at.matrix, kp * kp),
    limits: new Float32Array(buffer, at.limits, chunk),
    candidateCounts: new Uint32Array(buffer, at.candidateCounts, chunk),
    bestCounts: new Uint32Array(buffer, at.bestCounts, chunk),
    bestScores: new Float32Array(buffer, at.bestScores, chunk * wanted),
    bestItems: new Uint32Array(buffer, at.bestItems, chunk * wanted),
    norms: new Float32Array(buffer, at.bounds0, places),
    indexes: new Uint32Array(buffer, at.indexes, places),
    taken,
  };
}
