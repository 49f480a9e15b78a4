/** What becomes public: the similarities in parts of like size, and a sample of rejected lines if there are any. */
import type { OutputFile, Piece, Publication } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { partCount } from '../../shared/shuffle/parts.ts';
import { dayFolder, partName } from '../../shared/store/keys.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import type { SimilarityRun } from './settings.ts';
import { keptCounts } from './steps-pairs.ts';

export async function publication(run: SimilarityRun): Promise<Publication> {
  const collected = await run.work.openAll('collect');
  const formatted = await run.work.openAll('format');
  const { lines, rejected } = readCounts(collected);
  const similarities = formatted.reduce((sum, file) => sum + recordsOf(file), 0);
  const notFinite = formatted.reduce((sum, { meta }) => sum + (meta as { notFinite: number }).notFinite, 0);
  const counts = { lines, rejected, ...(await keptCounts(run)), similarities, notFinite };
  const prefix = dayFolder(run.client as string, 'item-similarity', run.day);
  const files = [...(await parts(formatted, similarities)), ...rejectedFile(collected)];
  return { folders: [{ prefix, files, counts }] };
}

const recordsOf = (file: SegmentFile): number => (file.meta as { records: number }).records;

/** Equal shares of the records, whatever shards they lie in: part `p` of P has those from p/P on. */
async function parts(files: readonly SegmentFile[], records: number): Promise<OutputFile[]> {
  const count = partCount(records);
  const cuts = Array.from({ length: count + 1 }, (_, part) => Math.floor((part * records) / count));
  const pieces = Array.from({ length: count }, (): Piece[] => []);
  let before = 0;
  for (const file of files) {
    const own = recordsOf(file);
    // Where this file's records are cut, the lines' lengths say at which byte.
    const lengths = cuts.some((cut) => cut > before && cut < before + own) ? await file.read('lengths') : undefined;
    const byteAt = (record: number): number =>
      record === own ? file.length('text') : sum(lengths?.subarray(0, record) ?? []);
    for (let part = 0; part < count; part++) {
      const from = Math.max(0, cuts[part]! - before);
      const to = Math.min(own, cuts[part + 1]! - before);
      if (from < to) pieces[part]!.push(file.piece('text', { start: byteAt(from), end: byteAt(to) }));
    }
    before += own;
  }
  return pieces.map((own, part) => ({ name: partName(part), pieces: own }));
}

function sum(lengths: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < lengths.length; at++) total += lengths[at]!;
  return total;
}
