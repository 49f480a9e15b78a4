/**
 * The text form of factors, `userFeatures.txt` and `productFeatures.txt`: each row is a line `<id>|<f1>,<f2>,…\n`.
 *
 * A factor has five significant digits, as C's `%.5g` writes it: without trailing zeros, and with an exponent of at least two
 * digits below 0.0001 and from 100000 on (`0.5`, `-12.345`, `1.234e-05`). Java's `Float.parseFloat` reads it.
 */
import { CorruptInputError, NumericalError } from '../errors.ts';
import { MOST_DIGITS, writeDigits } from '../lines/decimal.ts';

const NEWLINE = 0x0a;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const BAR = 0x7c;

/** The significant digits of a factor. As integers they are from LEAST_DIGITS to 99,999. */
const DIGITS = 5;
const LEAST_DIGITS = 10_000;
const BEYOND_DIGITS = 100_000;
/** A bar follows an id. The longest factor is `-1.2345e-45,`. */
const MAX_ID_BYTES = MOST_DIGITS + 1;
const MAX_FACTOR_BYTES = 12;
/** A number nearer than this to a tie is rounded exactly: it is more than the error of scaling. */
const TIE_MARGIN = 1e-9;

/** Returns 10^exponent for the exponents that a float32 can need. It is exact from 0 to 22. */
const powerOfTen = (exponent: number): number => POWERS[exponent + 60]!;
const POWERS = Float64Array.from({ length: 121 }, (_, i) => Number(`1e${i - 60}`));
/** ⌊log10(2^e)⌋ by a float32's exponent bits, e = bits - 127. */
const DECIMAL_EXPONENTS = Int8Array.from({ length: 256 }, (_, bits) => Math.floor((bits - 127) * 0.30102999566398));

/** Appends rows to a buffer that grows, until they are taken. */
export class FactorTextWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 1 << 16) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The number of bytes that were not taken yet. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends the row of `id` (0 to 2^53 - 1): factors[offset … offset + rank - 1].
   *
   * @throws NumericalError with the id, when a factor is not finite
   */
  row(id: number, factors: Float32Array, offset: number, rank: number): void {
    this.#reserve(MAX_ID_BYTES + rank * MAX_FACTOR_BYTES);
    const bytes = this.#bytes;
    let at = writeDigits(bytes, this.#length, id);
    bytes[at++] = BAR;
    for (let f = 0; f < rank; f++) {
      const factor = factors[offset + f]!;
      if (!Number.isFinite(factor)) {
        throw new NumericalError(`factor ${f + 1} of id ${id} is ${factor}: increase lambda`);
      }
      at = writeFactor(bytes, at, factor);
      bytes[at++] = COMMA;
    }
    bytes[at - 1] = NEWLINE;
    this.#length = at;
  }

  /** Returns the bytes written since the last call, and drops them. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Writes a finite float32 with five significant digits. Returns the position behind it. */
function writeFactor(bytes: Uint8Array, at: number, factor: number): number {
  if (factor === 0) {
    bytes[at] = ZERO;
    return at + 1;
  }
  let magnitude = factor;
  if (factor < 0) {
    bytes[at++] = MINUS;
    magnitude = -factor;
  }
  single[0] = magnitude;
  let exponent = DECIMAL_EXPONENTS[singleBits[0]! >>> 23]!;
  if (magnitude >= powerOfTen(exponent + 1)) exponent++;
  // One or two roundings of a number below 10^5: the error is less than 1e-10.
  const scaled = magnitude * powerOfTen(DIGITS - 1 - exponent);
  let digits = Math.floor(scaled);
  const rest = scaled - digits;
  if (Math.abs(rest - 0.5) < TIE_MARGIN || scaled < LEAST_DIGITS) return writeExactly(bytes, at, magnitude);
  if (rest > 0.5) digits++;
  if (digits === BEYOND_DIGITS) {
    digits = LEAST_DIGITS;
    exponent++;
  }
  return writeRounded(bytes, at, digits, exponent);
}

/** Writes a number that is subnormal, or too near to a tie for one multiplication to decide, by exact decimal arithmetic. */
function writeExactly(bytes: Uint8Array, at: number, magnitude: number): number {
  const [digits = '', exponent] = magnitude.toExponential(DIGITS - 1).split('e');
  return writeRounded(bytes, at, Number(digits.replace('.', '')), Number(exponent));
}

/** Writes digits × 10^(exponent - 4), with digits from 10000 to 99999. Returns the position behind it. */
function writeRounded(bytes: Uint8Array, at: number, digits: number, exponent: number): number {
  if (exponent < -4 || exponent >= DIGITS) return writeExponent(bytes, writeDecimal(bytes, at, digits, 1), exponent);
  if (exponent >= 0) return writeDecimal(bytes, at, digits, exponent + 1);
  bytes[at++] = ZERO;
  bytes[at++] = POINT;
  for (let zeros = -1 - exponent; zeros > 0; zeros--) bytes[at++] = ZERO;
  writeFive(bytes, at, digits);
  return trimZeros(bytes, at + DIGITS);
}

/** Writes the five digits with a point after the first `whole`, without zeros or a point at the end. */
function writeDecimal(bytes: Uint8Array, at: number, digits: number, whole: number): number {
  writeFive(bytes, at, digits);
  bytes.copyWithin(at + whole + 1, at + whole, at + DIGITS);
  bytes[at + whole] = POINT;
  const end = trimZeros(bytes, at + DIGITS + 1);
  return bytes[end - 1] === POINT ? end - 1 : end;
}

function writeFive(bytes: Uint8Array, at: number, digits: number): void {
  let rest = digits | 0;
  for (let place = at + DIGITS - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

function trimZeros(bytes: Uint8Array, end: number): number {
  while (bytes[end - 1] === ZERO) end--;
  return end;
}

/** Writes `e-05` or `e+12`: an exponent of a float32 has at most two digits. */
function writeExponent(bytes: Uint8Array, at: number, exponent: number): number {
  const size = Math.abs(exponent);
  bytes[at] = LOWER_E;
  bytes[at + 1] = exponent < 0 ? MINUS : PLUS;
  bytes[at + 2] = ZERO + ((size / 10) | 0);
  bytes[at + 3] = ZERO + (size % 10);
  return at + 4;
}

/** *K rank.* The rows in the order of the file. */
export interface FactorRows {
  /** (rows) */
  readonly ids: Float64Array;
  /** (rows,K), without padding. */
  readonly factors: Float32Array;
  /** K; 0 when the file has no rows. */
  readonly rank: number;
}

/** @throws CorruptInputError with the line's number, when a line is not a row or has another rank than the first */
export function parseFactors(bytes: Uint8Array): FactorRows {
  const text = new TextDecoder('latin1').decode(bytes);
  const lines = text.split('\n');
  if (lines.pop() !== '')
    throw new CorruptInputError(`factors: line ${lines.length + 1} does not end: the file is cut off`);
  const rank = lines.length === 0 ? 0 : lines[0]!.split(',').length;
  const ids = new Float64Array(lines.length);
  const factors = new Float32Array(lines.length * rank);
  lines.forEach((line, row) => {
    const bar = line.indexOf('|');
    const id = bar < 0 ? '' : line.slice(0, bar);
    const values = line.slice(bar + 1).split(',');
    if (!ID.test(id) || values.length !== rank || !values.every((value) => NUMBER.test(value))) {
      throw new CorruptInputError(
        `factors: line ${row + 1} is not an id, a bar and ${rank} numbers: '${line.slice(0, 80)}'`,
      );
    }
    ids[row] = Number(id);
    for (let f = 0; f < rank; f++) factors[row * rank + f] = Number(values[f]);
  });
  return { ids, factors, rank };
}

const ID = /^\d{1,16}$/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]\d+)?$/;
