/**
 * Trains the vector of one context, or of four at a time, along a path through the Huffman tree.
 *
 * *x* is a context's vector and *n* an inner node's. Both are `stride` bytes of float32, a multiple of 32. A step of a path
 * is one word: the node's number × 2 + the code, the branch that the path takes at the node (0 or 1). At each node
 *
 *     gain = (1 - code - sigmoid(x · n)) × rate,  0 where |x · n| ≥ 6;   x' += gain n;   n += gain x
 *
 * where x' starts as x and replaces it at the end of the path. When four contexts are trained at a time, each reads the nodes
 * as they were before all four. A vector that occurs twice among the four learns twice.
 */
import { dot, sumEach } from './simd';

/** The sigmoid's table covers (-6, 6). */
const MAX_LOGIT: f32 = 6;
/** The table's entries for each unit of the logit: 1,000 over (-6, 6). */
const RESOLUTION: f32 = 1000.0 / 12.0;

let stride: usize = 0;
let inner: usize = 0;
let sigmoids: usize = 0;
/** The gains of each step: 4 bytes for one context, 16 for four. */
let scratch: usize = 0;

function placeNodes(rowBytes: usize, innerAt: usize, sigmoidsAt: usize, scratchAt: usize): void {
  stride = rowBytes;
  inner = innerAt;
  sigmoids = sigmoidsAt;
  scratch = scratchAt;
}

function nodeOf(step: u32): usize {
  return inner + <usize>(step >> 1) * stride;
}

function gainOf(logit: f32, step: u32, rate: f32): f32 {
  if (!(logit > -MAX_LOGIT && logit < MAX_LOGIT)) return 0;
  const entry = <usize>((logit + MAX_LOGIT) * RESOLUTION);
  return (1 - <f32>(step & 1) - load<f32>(sigmoids + (entry << 2))) * rate;
}

/** Returns the products of one row with each of four rows. */
function fourDots(row: usize, r0: usize, r1: usize, r2: usize, r3: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (let f: usize = 0; f < stride; f += 16) {
    const v = v128.load(row + f);
    s0 = f32x4.relaxed_madd(v, v128.load(r0 + f), s0);
    s1 = f32x4.relaxed_madd(v, v128.load(r1 + f), s1);
    s2 = f32x4.relaxed_madd(v, v128.load(r2 + f), s2);
    s3 = f32x4.relaxed_madd(v, v128.load(r3 + f), s3);
  }
  return sumEach(s0, s1, s2, s3);
}

function storeGains(gains: usize, logits: v128, s0: u32, s1: u32, s2: u32, s3: u32, rate: f32): void {
  store<f32>(gains, gainOf(f32x4.extract_lane(logits, 0), s0, rate));
  store<f32>(gains, gainOf(f32x4.extract_lane(logits, 1), s1, rate), 4);
  store<f32>(gains, gainOf(f32x4.extract_lane(logits, 2), s2, rate), 8);
  store<f32>(gains, gainOf(f32x4.extract_lane(logits, 3), s3, rate), 12);
}

/**
 * Trains one context, as in the original program. Its vector changes only at the end, and the nodes of a path are all
 * different. The gains can therefore be computed first, for four nodes at a time.
 */
function learnOne(x: usize, path: usize, pathEnd: usize, rate: f32): void {
  let gains = scratch;
  let at = path;
  for (; at + 16 <= pathEnd; at += 16) {
    const s0 = load<u32>(at);
    const s1 = load<u32>(at, 4);
    const s2 = load<u32>(at, 8);
    const s3 = load<u32>(at, 12);
    const logits = fourDots(x, nodeOf(s0), nodeOf(s1), nodeOf(s2), nodeOf(s3));
    storeGains(gains, logits, s0, s1, s2, s3, rate);
    gains += 16;
  }
  for (; at < pathEnd; at += 4) {
    const step = load<u32>(at);
    store<f32>(gains, gainOf(dot(x, nodeOf(step), stride), step, rate));
    gains += 4;
  }
  let f: usize = 0;
  for (; f + 32 <= stride; f += 32) {
    const v0 = v128.load(x + f);
    const v1 = v128.load(x + f, 16);
    let e0 = v0;
    let e1 = v1;
    gains = scratch;
    for (at = path; at < pathEnd; at += 4) {
      const n = nodeOf(load<u32>(at)) + f;
      const n0 = v128.load(n);
      const n1 = v128.load(n, 16);
      const g = v128.load32_splat(gains);
      e0 = f32x4.relaxed_madd(g, n0, e0);
      e1 = f32x4.relaxed_madd(g, n1, e1);
      v128.store(n, f32x4.relaxed_madd(g, v0, n0));
      v128.store(n, f32x4.relaxed_madd(g, v1, n1), 16);
      gains += 4;
    }
    v128.store(x + f, e0);
    v128.store(x + f, e1, 16);
  }
}

/** Trains four contexts. Each node's row is read and written once for all four. */
function learnFour(x0: usize, x1: usize, x2: usize, x3: usize, path: usize, pathEnd: usize, rate: f32): void {
  let gains = scratch;
  for (let at = path; at < pathEnd; at += 4) {
    const step = load<u32>(at);
    storeGains(gains, fourDots(nodeOf(step), x0, x1, x2, x3), step, step, step, step, rate);
    gains += 16;
  }
  for (let f: usize = 0; f < stride; f += 16) {
    const v0 = v128.load(x0 + f);
    const v1 = v128.load(x1 + f);
    const v2 = v128.load(x2 + f);
    const v3 = v128.load(x3 + f);
    let e0 = f32x4.splat(0);
    let e1 = f32x4.splat(0);
    let e2 = f32x4.splat(0);
    let e3 = f32x4.splat(0);
    gains = scratch;
    for (let at = path; at < pathEnd; at += 4) {
      const n = nodeOf(load<u32>(at)) + f;
      const node = v128.load(n);
      let g = v128.load32_splat(gains);
      e0 = f32x4.relaxed_madd(g, node, e0);
      let learned = f32x4.relaxed_madd(g, v0, node);
      g = v128.load32_splat(gains, 4);
      e1 = f32x4.relaxed_madd(g, node, e1);
      learned = f32x4.relaxed_madd(g, v1, learned);
      g = v128.load32_splat(gains, 8);
      e2 = f32x4.relaxed_madd(g, node, e2);
      learned = f32x4.relaxed_madd(g, v2, learned);
      g = v128.load32_splat(gains, 12);
      e3 = f32x4.relaxed_madd(g, node, e3);
      learned = f32x4.relaxed_madd(g, v3, learned);
      v128.store(n, learned);
      gains += 16;
    }
    // Each row is loaded again, because two of the four may be the same row.
    v128.store(x0 + f, f32x4.add(v128.load(x0 + f), e0));
    v128.store(x1 + f, f32x4.add(v128.load(x1 + f), e1));
    v128.store(x2 + f, f32x4.add(v128.load(x2 + f), e2));
    v128.store(x3 + f, f32x4.add(v128.load(x3 + f), e3));
  }
}

export { learnFour, learnOne, placeNodes };
