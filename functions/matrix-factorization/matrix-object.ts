/** Side matrices and solved rows as sections of the objects that shards write. */
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

/** Solved rows: ids in layout order (R), and their factors (R, stride). */
export interface SolvedRows {
  readonly ids: Float64Array;
  readonly factors: Float32Array;
}

export function addSolved(writer: SegmentWriter, { ids, factors }: SolvedRows): void {
  writer.add('ids', bytesOf(ids));
  writer.add('factors', bytesOf(factors));
}

export async function readSolved(file: SegmentFile): Promise<SolvedRows> {
  const [ids, factors] = await file.readMany(['ids', 'factors']);
  return { ids: doublesIn(ids), factors: floatsIn(factors) };
}

const SECTIONS = ['ids', 'blockRows', 'ptr', 'neighbours', 'idx', 'score', 'positives'] as const;

export async function readMatrix(file: SegmentFile): Promise<SideMatrix> {
  const [ids, blockRows, ptr, neighbours, idx, score, positives] = await file.readMany(SECTIONS);
  return {
    ids: doublesIn(ids),
    blockRows: integersIn(blockRows),
    ptr: integersIn(ptr),
    neighbours: doublesIn(neighbours),
    idx: integersIn(idx),
    score: floatsIn(score),
    positives: integersIn(positives),
  };
}
