/** Reads lines that begin with an id and a bar, followed by numbers, as models of vectors are published. */

const BAR = 0x7c;
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
    id = id * 10 + digit - ZERO;
  }
  if (at === start || at === end || !Number.isSafeInteger(id))
    throw new RangeError('it does not begin with an id and a bar');
  position.at = at + 1;
  return id;
}

/** Reads numbers into `vector`. @throws RangeError when they are not as many finite numbers */
export function readNumbers(
  buffer: Buffer,
  start: number,
  end: number,
  separator: ',' | '|',
  vector: Float32Array,
): void {
  const texts = buffer.toString('latin1', start, end).split(separator);
  if (texts.length !== vector.length)
    throw new RangeError(`it has ${texts.length} numbers in place of ${vector.length}`);
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place]!;
    const value = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) throw new RangeError(`${JSON.stringify(text)} is no finite number`);
    vector[place] = value;
  }
}
