/**
 * The text form of factors, `userFeatures.txt` and `productFeatures.txt`: `<id>|<f1>,<f2>,…\n`, a row a line.
 *
 * A factor has five significant digits, as C's `%.5g` writes it: trailing zeros left out, an exponent of at least two
 * digits below 0.0001 and from 100000 on (`0.5`, `-12.345`, `1.234e-05`). Java's `Float.parseFloat` reads it.
 */
import { CorruptInputError, NumericalError } from '../errors.ts';

const ZERO = 48;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const COMMA = 44;
const BAR = 124;
const NEWLINE = 10;
const EXPONENT = 101;

const DIGITS = 5;
/** An id has at most 16 digits; a factor is at most `-1.2345e-45,`. */
const MAX_ID_BYTES = 17;
const MAX_FACTOR_BYTES = 12;

/** 10^exponent for the exponents a float32 can need, exact from 0 to 22. */
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

  /** Bytes waiting to be taken. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends the row of `id` (0 to 2^53 - 1): factors[offset … offset + rank - 1].
   *
   * @throws NumericalError naming the id where a factor is not finite
   */
  row(id: number, factors: Float32Array, offset: number, rank: number): void {
    this.#reserve(MAX_ID_BYTES + rank * MAX_FACTOR_BYTES);
    const bytes = this.#bytes;
    let at = writeInteger(bytes, this.#length, id);
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

  /** What was written since the last call; the writer starts anew. */
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

/** Writes an integer from 0 to 2^53 - 1; returns the place after it. */
function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let power = 10; value >= power; power *= 10) end++;
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Writes a finite float32 with five significant digits; returns the place after it. */
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
  // One or two roundings of a number below 10^5: off by less than 1e-10.
  const scaled = magnitude * powerOfTen(DIGITS - 1 - exponent);
  let digits = Math.floor(scaled);
  const rest = scaled - digits;
  if (Math.abs(rest - 0.5) < 1e-9 || scaled < 10_000) return writeRarely(bytes, at, magnitude);
  if (rest > 0.5) digits++;
  if (digits === 100_000) {
    digits = 10_000;
    exponent++;
  }
  return writeDigits(bytes, at, digits, exponent);
}

/** Too near to a tie for one multiplication to decide, or subnormal: by exact decimal arithmetic. */
function writeRarely(bytes: Uint8Array, at: number, magnitude: number): number {
  const [digits = '', exponent] = magnitude.toExponential(DIGITS - 1).split('e');
  return writeDigits(bytes, at, Number(digits.replace('.', '')), Number(exponent));
}

/** Writes digits × 10^(exponent - 4), digits from 10000 to 99999; returns the place after it. */
function writeDigits(bytes: Uint8Array, at: number, digits: number, exponent: number): number {
  if (exponent < -4 || exponent >= DIGITS) return writeExponent(bytes, writeDecimal(bytes, at, digits, 1), exponent);
  if (exponent >= 0) return writeDecimal(bytes, at, digits, exponent + 1);
  bytes[at++] = ZERO;
  bytes[at++] = POINT;
  for (let zeros = -1 - exponent; zeros > 0; zeros--) bytes[at++] = ZERO;
  writeFive(bytes, at, digits);
  return trimZeros(bytes, at + DIGITS);
}

/** The five digits with a point after the first `whole` of them, neither it nor zeros at the end. */
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

/** `e-05`, `e+12`: float32 needs two digits. */
function writeExponent(bytes: Uint8Array, at: number, exponent: number): number {
  const size = Math.abs(exponent);
  bytes[at] = EXPONENT;
  bytes[at + 1] = exponent < 0 ? MINUS : PLUS;
  bytes[at + 2] = ZERO + ((size / 10) | 0);
  bytes[at + 3] = ZERO + (size % 10);
  return at + 4;
}

/** *K rank.* Rows as they stand in the file. */
export interface FactorRows {
  /** (rows) */
  readonly ids: Float64Array;
  /** (rows,K), no padding. */
  readonly factors: Float32Array;
  /** 0 where there are no rows. */
  readonly rank: number;
}

/** Throws CorruptInputError naming the line where it is no row, or one of another rank than the first. */
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
