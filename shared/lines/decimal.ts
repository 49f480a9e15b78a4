/** Writes integers as decimal digits, without making strings. */

const ZERO = 0x30;
/** The most digits of an integer from 0 to 2^53 − 1. */
export const MOST_DIGITS = 16;
/** Integers below this limit are written with 32-bit arithmetic, which is two to three times as fast. */
const INT32_LIMIT = 2 ** 31;

/** Writes `integer`, from 0 to 2^53 − 1, at `at`. Returns the position behind it. */
export function writeDigits(bytes: Uint8Array, at: number, integer: number): number {
  return integer < INT32_LIMIT ? writeSmall(bytes, at, integer | 0) : writeLarge(bytes, at, integer);
}

function writeSmall(bytes: Uint8Array, at: number, integer: number): number {
  let end = at + 1;
  for (let rest = (integer / 10) | 0; rest > 0; rest = (rest / 10) | 0) end++;
  for (let place = end - 1, rest = integer; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

function writeLarge(bytes: Uint8Array, at: number, integer: number): number {
  let end = at + 1;
  for (let power = 10; integer >= power; power *= 10) end++;
  for (let place = end - 1, rest = integer; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}
