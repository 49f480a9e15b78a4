/**
 * The positions of the parts on which the kernel of the best items works.
 *
 * *C users of a chunk, I items (a multiple of 8), K rank, Kp padded rank, N items wanted.*
 */

/** Dimensions of the first round, and of the first and second together, where the rank has as many. */
const FIRST_DIMENSIONS: usize = 8;
const SECOND_DIMENSIONS: usize = 24;
/** Items of a group. */
const GROUP: usize = 8;

/** K, and the bytes of a row (Kp). */
let rank: i32 = 0;
let stride: usize = 0;
/** Bytes of the dimensions of the second round, and of the third. */
let middleBytes: usize = 0;
let lastBytes: usize = 0;
/** N, and the candidates of a user at which it is settled. */
let wanted: i32 = 0;
let capacity: i32 = 0;

/** The items' parts: the first dimensions (groups,8,8), the further ones (I,…), the published rows (I,Kp), bounds (I). */
let heads: usize = 0;
let middles: usize = 0;
let lasts: usize = 0;
let published: usize = 0;
let bounds0: usize = 0;
let bounds1: usize = 0;
let bounds2: usize = 0;
let bounds3: usize = 0;
let indexes: usize = 0;
let taken: usize = 0;

/** The users' parts. `shared/kernels/best-items-memory.ts` gives their shapes. */
let users: usize = 0;
let turned: usize = 0;
let userBounds: usize = 0;
let limits: usize = 0;
let heapCounts: usize = 0;
let heaps: usize = 0;
let candidateCounts: usize = 0;
let candidates: usize = 0;
let bestCounts: usize = 0;
let bestScores: usize = 0;
let bestItems: usize = 0;

let matrix: usize = 0;
let scratch: usize = 0;

/** The multiplications so far, of turned and of published factors. */
export let multiplications: f64 = 0;

/** Sets K, N and the candidates of a user before it must be settled. */
function shape(ofRank: i32, items: i32, candidatesOfUser: i32): void {
  rank = ofRank;
  stride = (<usize>((ofRank + 7) & ~7)) << 2;
  const second = min<usize>(4 * SECOND_DIMENSIONS, stride);
  middleBytes = second - 4 * FIRST_DIMENSIONS;
  lastBytes = stride - second;
  wanted = items;
  capacity = candidatesOfUser;
}

/** Sets where the items' parts are. */
function placeItems(
  headsAt: usize,
  middlesAt: usize,
  lastsAt: usize,
  publishedAt: usize,
  bounds0At: usize,
  bounds1At: usize,
  bounds2At: usize,
  bounds3At: usize,
  indexesAt: usize,
  takenAt: usize,
): void {
  heads = headsAt;
  middles = middlesAt;
  lasts = lastsAt;
  published = publishedAt;
  bounds0 = bounds0At;
  bounds1 = bounds1At;
  bounds2 = bounds2At;
  bounds3 = bounds3At;
  indexes = indexesAt;
  taken = takenAt;
}

/** Sets where the parts of a chunk of users are. */
function placeUsers(
  usersAt: usize,
  turnedAt: usize,
  userBoundsAt: usize,
  limitsAt: usize,
  heapCountsAt: usize,
  heapsAt: usize,
  candidateCountsAt: usize,
  candidatesAt: usize,
  bestCountsAt: usize,
  bestScoresAt: usize,
  bestItemsAt: usize,
  matrixAt: usize,
  scratchAt: usize,
): void {
  users = usersAt;
  turned = turnedAt;
  userBounds = userBoundsAt;
  limits = limitsAt;
  heapCounts = heapCountsAt;
  heaps = heapsAt;
  candidateCounts = candidateCountsAt;
  candidates = candidatesAt;
  bestCounts = bestCountsAt;
  bestScores = bestScoresAt;
  bestItems = bestItemsAt;
  matrix = matrixAt;
  scratch = scratchAt;
}

/** Adds to the multiplications. */
function countUp(times: f64): void {
  multiplications += times;
}

export {
  bestCounts,
  bestItems,
  bestScores,
  bounds0,
  bounds1,
  bounds2,
  bounds3,
  candidateCounts,
  candidates,
  capacity,
  countUp,
  FIRST_DIMENSIONS,
  GROUP,
  heads,
  heapCounts,
  heaps,
  indexes,
  lastBytes,
  lasts,
  limits,
  matrix,
  middleBytes,
  middles,
  placeItems,
  placeUsers,
  published,
  rank,
  scratch,
  shape,
  stride,
  taken,
  turned,
  userBounds,
  users,
  wanted,
};
