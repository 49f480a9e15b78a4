/** Columns as bytes and back, without a copy: little-endian, as every platform this runs on has them. */

type Column = Float64Array | Float32Array | Uint32Array | Uint8Array;

export const bytesOf = (column: Column): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength);

/** `bytes` must begin at a multiple of 8 in its buffer, as sections of a shard's object do. */
export const doublesIn = (bytes: Uint8Array): Float64Array =>
  new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);

export const floatsIn = (bytes: Uint8Array): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

export const integersIn = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

/** One column of several, one after another. */
export function joined<T extends Column | Uint8Array>(parts: readonly T[]): T {
  if (parts.length === 1) return parts[0] as T;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new ((parts[0] as T).constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
