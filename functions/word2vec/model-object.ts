/**
 * A range of the model's rows, as an iteration writes it: input vectors and inner nodes, float32.
 *
 * *V words, Dp floats a row.* Both matrices have V rows here: V - 1 inner nodes, and a row of zeros.
 */
import { countNotFinite, longestRow } from '../../shared/kernels/longest-row.ts';
import { ColumnTable } from '../../shared/store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';

export const MATRICES = ['input', 'inner'] as const;
export type Matrix = (typeof MATRICES)[number];

/** Rows `from` up to, not including, `to`. */
export type RowRange = { readonly from: number; readonly to: number };

/** *V words of the range, Dp floats a row.* */
const MODEL = new ColumnTable({
  input: Float32Array, // (V, Dp)
  inner: Float32Array, // (V, Dp)
});

/** The meta of such an object. */
export type ModelMeta = RowRange & {
  /** The norm of the longest inner node; null where any value is not finite, because JSON has no word for that. */
  readonly innerNorm: number | null;
  /** The number of values of input vectors that are not finite. */
  readonly notFinite: number;
};

type ModelFile = SegmentFile<ModelMeta>;

/** Cuts rows into `count` ranges of about equal length. */
export function rangesOf(rows: number, count: number): RowRange[] {
  const cut = (part: number) => Math.floor((rows * part) / count);
  return Array.from({ length: count }, (_, part) => ({ from: cut(part), to: cut(part + 1) }));
}

/** Bytes that are read at a time. */
const PIECE_BYTES = 32 << 20;

/** @param size Dp */
export function modelObject(
  { from, to }: RowRange,
  rows: Readonly<Record<Matrix, Float32Array>>,
  size: number,
): SegmentBody<ModelMeta> {
  const writer = new SegmentWriter();
  MODEL.write(writer, rows);
  const inputNorm = longestRow(rows.input, size);
  const innerNorm = longestRow(rows.inner, size);
  return writer.finish({
    from,
    to,
    innerNorm: Number.isFinite(inputNorm + innerNorm) ? innerNorm : null,
    notFinite: Number.isFinite(inputNorm) ? 0 : countNotFinite(rows.input),
  });
}

/** Returns the norm of the longest inner node in the objects of an iteration; NaN where any value is not finite. */
export const innerNormOf = (files: readonly ModelFile[]): number =>
  Math.max(...files.map(({ meta }) => meta.innerNorm ?? Number.NaN));

/** Copies rows of one matrix into `rows`, (to - from, size), from the objects that hold them. */
export async function readRows(
  files: readonly ModelFile[],
  matrix: Matrix,
  { from, to }: RowRange,
  size: number,
  rows: Float32Array,
): Promise<void> {
  const step = Math.max(1, Math.floor(PIECE_BYTES / (size * Float32Array.BYTES_PER_ELEMENT)));
  for (const file of files) {
    const own = file.meta;
    const end = Math.min(to, own.to);
    for (let row = Math.max(from, own.from); row < end; row += step) {
      const values = { from: (row - own.from) * size, to: (Math.min(row + step, end) - own.from) * size };
      rows.set(await MODEL.readRows(file, matrix, values), (row - from) * size);
    }
  }
}
