/** Reads lines that begin with an id and a bar, followed by numbers, as models of vectors are published. */

const BAR = 0x7c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Returns the id at the beginning of the line, and the position behind its bar in `position.at`.
 * @throws RangeError for a line that does not begin with an id and a bar
 */
export function idOf(buffer: Buffer, start: number, end: number, position: { at: number }): number {
  let id = 0;
  let at = start;
  for (; at < end && buffer[at] !== BAR; at++) {
    const digit = buffer[at]!;
    if (digit < ZERO || digit > NINE) throw new RangeError('it does not begin with an id and a bar');
    id = id * 10 + (digit - ZERO);
  }
  if (at === start || at === end || !Number.isSafeInteger(id))
    throw new RangeError('it does not begin with an id and a bar');
  position.at = at + 1;
  return id;
}

/** 10^0 … 10^22, all exact. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A double holds every integer of at most this many digits exactly. */
const EXACT_DIGITS = 15;

/**
 * Reads numbers into `vector`. Each is the double nearest to its decimal, as `Number` makes it; in a Float32Array it is the
 * float32 nearest to that.
 *
 * @throws RangeError when they are not as many finite numbers
 */
export function readNumbers(
  buffer: Buffer,
  start: number,
  end: number,
  separator: ',' | '|',
  vector: Float32Array | Float64Array,
): void {
  const code = separator.charCodeAt(0);
  let at = start;
  for (let place = 0; place < vector.length; place++) {
    let stop = at;
    while (stop < end && buffer[stop] !== code) stop++;
    if (stop === end && place + 1 < vector.length) throw new RangeError(`it has fewer than ${vector.length} numbers`);
    vector[place] = numberIn(buffer, at, stop);
    at = stop + 1;
  }
  if (at <= end) throw new RangeError(`it has more than ${vector.length} numbers`);
}

/** Returns the number in `buffer[start, end)`. @throws RangeError for another text */
function numberIn(buffer: Buffer, start: number, end: number): number {
  const isNegative = buffer[start] === MINUS;
  let digits = 0;
  let integer = 0;
  let scale = 0;
  let point = -1;
  let at = isNegative ? start + 1 : start;
  for (; at < end; at++) {
    const byte = buffer[at]!;
    if (byte >= ZERO && byte <= NINE) {
      integer = integer * 10 + (byte - ZERO);
      digits++;
    } else if (byte === POINT && point < 0) point = at;
    else break;
  }
  if (point >= 0) scale = at - point - 1;
  // Both numbers are exact, so their quotient is the double nearest to the decimal (Clinger, How to read floating point
  // numbers accurately, 1990). Exponents and long numbers are rare.
  if (at === end && digits > 0 && digits <= EXACT_DIGITS) {
    const value = integer / POWERS[scale]!;
    return isNegative ? -value : value;
  }
  const text = buffer.toString('latin1', start, end);
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new RangeError(`${JSON.stringify(text)} is no finite number`);
  return value;
}
