/** Side matrices as sections of the objects that shards write. */
import { bytesOf, doublesIn, floatsIn, integersIn } from '../../shared/columns/bytes.ts';
import type { SegmentFile, SegmentWriter } from '../../shared/store/segments.ts';
import type { SideMatrix } from './core-matrix.ts';

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
