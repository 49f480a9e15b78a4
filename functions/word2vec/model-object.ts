/**
 * A range of the model's rows as the object that an iteration writes: input vectors and inner nodes, float32.
 *
 * *V words, Dp floats a row.* Both matrices have V rows here: there are V - 1 inner nodes, and one row of zeros.
 */
import { bytesOf, floatsIn } from '../../shared/columns/bytes.ts';
import { countNotFinite, longestRow } from '../../shared/kernels/longest-row.ts';
import { type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { Body } from '../../shared/store/store.ts';

export const MATRICES = ['input', 'inner'] as const;
export type Matrix = (typeof MATRICES)[number];

/** Rows `from` to `to` (exclusive). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Read at a time, bytes. */
const PIECE_BYTES = 32 << 20;
const FLOAT_BYTES = 4;

/** @param size Dp */
export function modelObject({ from, to }: RowRange, rows: Readonly<Record<Matrix, Float32Array>>, size: number): Body {
  const writer = new SegmentWriter();
  for (const matrix of MATRICES) writer.add(matrix, bytesOf(rows[matrix]));
  const inputNorm = longestRow(rows.input, size);
  const innerNorm = longestRow(rows.inner, size);
  return writer.finish({
    from,
    to,
    // JSON has no word for a number that is not finite.
    innerNorm: Number.isFinite(inputNorm + innerNorm) ? innerNorm : null,
    notFinite: Number.isFinite(inputNorm) ? 0 : countNotFinite(rows.input),
  });
}

/** The longest inner node in what all shards of an iteration wrote; NaN where any value is not finite. */
export function innerNormOf(files: readonly SegmentFile[]): number {
  const norms = files.map((file) => (file.meta as { innerNorm: number | null }).innerNorm ?? Number.NaN);
  return Math.max(...norms);
}

/** Copies rows of one matrix into `rows`, (to - from, size), from the objects that hold them. */
export async function readRows(
  files: readonly SegmentFile[],
  matrix: Matrix,
  { from, to }: RowRange,
  size: number,
  rows: Float32Array,
): Promise<void> {
  const rowBytes = size * FLOAT_BYTES;
  const step = Math.max(1, Math.floor(PIECE_BYTES / rowBytes));
  for (const file of files) {
    const own = file.meta as unknown as RowRange;
    const end = Math.min(to, own.to);
    for (let row = Math.max(from, own.from); row < end; row += step) {
      const part = { start: (row - own.from) * rowBytes, end: (Math.min(row + step, end) - own.from) * rowBytes };
      rows.set(floatsIn(await file.read(matrix, part)), (row - from) * size);
    }
  }
}
