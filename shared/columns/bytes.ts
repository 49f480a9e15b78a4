/** Views of columns as bytes, and of bytes as columns, without a copy. Every platform that this runs on is little-endian. */

type Column = Float64Array | Float32Array | Uint32Array | Uint8Array;

export const bytesOf = (column: Column | DataView): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength);

/** Returns `bytes` as doubles. `bytes` must begin at a multiple of 8 in its buffer, as sections of a shard's object do. */
export const doublesIn = (bytes: Uint8Array): Float64Array =>
  new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float64Array.BYTES_PER_ELEMENT);

export const floatsIn = (bytes: Uint8Array): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);

/** Returns `bytes` as unsigned integers of 32 bits. */
export const integersIn = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Uint32Array.BYTES_PER_ELEMENT);

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/**
 * Copies `source[start, end)` to `target` from `at` on, and returns the end of the copy. The two ranges must not overlap.
 *
 * It copies eight bytes at a time, and the last step overlaps the one before. From 10 to 500 bytes that is several times as
 * fast as `TypedArray.set` and `Buffer.copy`, which are calls out of compiled code.
 */
export function copyBytes(source: DataView, start: number, end: number, target: DataView, at: number): number {
  const length = end - start;
  const last = length - 8;
  if (last < 0) for (let i = 0; i < length; i++) target.setUint8(at + i, source.getUint8(start + i));
  else {
    for (let i = 0; i < last; i += 8) target.setBigInt64(at + i, source.getBigInt64(start + i));
    target.setBigInt64(at + last, source.getBigInt64(start + last));
  }
  return at + length;
}

/** True when the `length` bytes of `view` from `at` on equal those of `other` from `from` on. */
export function equalBytes(view: DataView, at: number, other: DataView, from: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (view.getInt32(at + i) !== other.getInt32(from + i)) return false;
  for (; i < length; i++) if (view.getUint8(at + i) !== other.getUint8(from + i)) return false;
  return true;
}

/** Returns one column that holds all parts, one after another. */
export function joined<T extends Column | Uint8Array>(parts: readonly T[]): T {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new (parts[0]!.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
