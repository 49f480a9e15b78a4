/** Side matrices and rows as sections of the objects that shards write. */
import { bytesOf, doublesIn, floatsIn, integersIn } from '../../shared/columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { SideMatrix } from './core-matrix.ts';
import type { RowList, RowValues, Runs } from './core-rows.ts';

/** Blocks `from` up to, not including, `to`. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

export function addMatrix(writer: SegmentWriter, matrix: SideMatrix): void {
  writer.add('ids', bytesOf(matrix.ids));
  writer.add('blockRows', bytesOf(matrix.blockRows));
  writer.add('ptr', bytesOf(matrix.ptr));
  writer.add('neighbours', bytesOf(matrix.neighbours));
  writer.add('idx', bytesOf(matrix.idx));
  writer.add('score', bytesOf(matrix.score));
  writer.add('positives', bytesOf(matrix.positives));
}

export const readIds = async (file: SegmentFile): Promise<Float64Array> => doublesIn(await file.read('ids'));

export async function readMatrix(file: SegmentFile): Promise<SideMatrix> {
  return {
    ids: await readIds(file),
    blockRows: integersIn(await file.read('blockRows')),
    ptr: integersIn(await file.read('ptr')),
    neighbours: doublesIn(await file.read('neighbours')),
    idx: integersIn(await file.read('idx')),
    score: floatsIn(await file.read('score')),
    positives: integersIn(await file.read('positives')),
  };
}

export function addRows(writer: SegmentWriter, rows: RowList<RowValues>): void {
  writer.add('row blocks', bytesOf(rows.blockRows));
  writer.add('row ids', bytesOf(rows.ids));
  writer.add('row ptr', bytesOf(rows.ptr));
  writer.add('row neighbours', bytesOf(rows.neighbours));
  writer.add('row values', new Uint8Array(rows.values.buffer, rows.values.byteOffset, rows.values.byteLength));
}

/** How many entries each block has. (blocks) */
export async function entriesByBlock(file: SegmentFile): Promise<Uint32Array> {
  const blockRows = integersIn(await file.read('row blocks'));
  const ptr = integersIn(await file.read('row ptr'));
  const starts = blockRows.map((row) => ptr[row] as number);
  return starts.subarray(1).map((end, block) => end - (starts[block] as number));
}

export const readActionRows = (file: SegmentFile, range: BlockRange): Promise<Runs<Uint8Array>> =>
  readRows(file, range, 1, (bytes) => bytes);

export const readScoredRows = (file: SegmentFile, range: BlockRange): Promise<Runs<Float32Array>> =>
  readRows(file, range, 4, floatsIn);

/** The rows of the blocks in range. `width`: bytes of a value. */
async function readRows<V extends RowValues>(
  file: SegmentFile,
  { from, to }: BlockRange,
  width: number,
  valuesIn: (bytes: Uint8Array) => V,
): Promise<Runs<V>> {
  const blockRows = integersIn(await file.read('row blocks'));
  const [first, end] = [blockRows[from] as number, blockRows[to] as number];
  const ptr = integersIn(await file.read('row ptr', { start: first * 4, end: (end + 1) * 4 }));
  const [start, stop] = [ptr[0] as number, ptr[end - first] as number];
  return {
    ids: doublesIn(await file.read('row ids', { start: first * 8, end: end * 8 })),
    ptr: ptr.map((at) => at - start),
    neighbours: doublesIn(await file.read('row neighbours', { start: start * 8, end: stop * 8 })),
    values: valuesIn(await file.read('row values', { start: start * width, end: stop * width })),
  };
}
