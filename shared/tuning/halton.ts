/**
 * A scrambled Halton sequence: points that fill the unit cube evenly, however many of them are taken.
 *
 * Coordinate d of point n is n's digits in the base of the d-th prime, mirrored at the point: in base 2 the numbers 1, 2, 3, 4
 * (1, 10, 11, 100) give 0.1, 0.01, 0.11, 0.001, which is 1/2, 1/4, 3/4, 1/8. In larger bases the first points of two coordinates
 * lie on a line, so the digits at each place are permuted at random, by a permutation of the seed, the base and the place (Owen,
 * "A randomized Halton algorithm in R", 2017). The sequence of one seed is always the same: a longer search goes on from a
 * shorter one.
 */
import { mixBits } from '../model/stable-hash.ts';

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19];
/** The resolution of a coordinate. Digits further behind change no setting that is rounded to two digits. */
const SMALLEST = 2 ** -30;

/** Returns the coordinates of a point, each 0 (inclusive) to 1 (exclusive). @param index 0, 1, … @param count at most 8 */
export function haltonPoint(index: number, count: number, seed: number): number[] {
  if (count > PRIMES.length) throw new RangeError(`${count} dimensions: at most ${PRIMES.length} have a base`);
  return PRIMES.slice(0, count).map((base) => {
    let [rest, place, value] = [index, 0, 0];
    for (let unit = 1 / base; unit > SMALLEST; unit /= base) {
      value += unit * permutation(base, place++, seed)[rest % base]!;
      rest = Math.floor(rest / base);
    }
    return value;
  });
}

/** Returns the permutation of the digits at one place, by Fisher and Yates. */
function permutation(base: number, place: number, seed: number): number[] {
  const digits = Array.from({ length: base }, (_, digit) => digit);
  let state = mixBits(Math.imul(seed, 0x9e3779b1) ^ mixBits(base * 64 + place + 1));
  for (let last = base - 1; last > 0; last--) {
    state = mixBits(state + 0x9e3779b9);
    const other = Math.floor(((state >>> 0) / 2 ** 32) * (last + 1));
    [digits[last], digits[other]] = [digits[other]!, digits[last]!];
  }
  return digits;
}
