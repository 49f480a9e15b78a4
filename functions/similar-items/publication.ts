/** The output of a run: the similarities in parts of equal size, and a sample of rejected lines if there are any. */
import { defined } from '../../shared/defined.ts';
import type { DayOutput, OutputFile, Piece } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { readExcluded } from '../../shared/shuffle/excluded-users.ts';
import { partCount } from '../../shared/shuffle/parts.ts';
import { partName } from '../../shared/store/keys.ts';
import type { SegmentFile } from '../../shared/store/segments.ts';
import type { SimilarityRun } from './settings.ts';
import { format, type LinesMeta, readLineLengths, TEXT } from './steps-format.ts';
import { collect, pair } from './steps-pair.ts';
import { readKeptCounts } from './steps-weigh.ts';

export async function publication(run: SimilarityRun): Promise<DayOutput> {
  const collected = await run.work.openAll(collect);
  const formatted = await run.work.openAll(format);
  const { lines, rejected, forgotten } = readCounts(collected);
  const { users, sessions, pairs, items } = await readKeptCounts(run);
  const excludedUsers = await readExcluded(run, pair);
  const similarities = formatted.reduce((sum, { meta }) => sum + meta.records, 0);
  const notFinite = formatted.reduce((sum, { meta }) => sum + meta.notFinite, 0);
  const files = [...(await equalParts(formatted, similarities)), ...rejectedFile(collected)];
  return {
    files,
    counts: defined({
      lines,
      rejected,
      forgotten,
      users,
      excludedUsers,
      sessions,
      pairs,
      items,
      similarities,
      notFinite,
    }),
  };
}

/**
 * Divides the records into equal parts, whatever shards hold them. Part `p` of P begins at record `p × records / P`.
 */
async function equalParts(files: readonly SegmentFile<LinesMeta>[], records: number): Promise<OutputFile[]> {
  const count = partCount(records);
  const cuts = Array.from({ length: count + 1 }, (_, part) => Math.floor((part * records) / count));
  const pieces = Array.from({ length: count }, (): Piece[] => []);
  let before = 0;
  for (const file of files) {
    const own = file.meta.records;
    // Only a file that is cut within needs the lengths of its lines, which tell the byte of the cut.
    const lengths = cuts.some((cut) => cut > before && cut < before + own) ? await readLineLengths(file) : undefined;
    const byteAt = (record: number): number =>
      record === own ? file.length(TEXT) : sum(lengths?.subarray(0, record) ?? []);
    for (let part = 0; part < count; part++) {
      const from = Math.max(0, cuts[part]! - before);
      const to = Math.min(own, cuts[part + 1]! - before);
      if (from < to) pieces[part]!.push(file.piece(TEXT, { start: byteAt(from), end: byteAt(to) }));
    }
    before += own;
  }
  return pieces.map((own, part): OutputFile => ({ name: partName(part), pieces: own }));
}

function sum(lengths: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < lengths.length; at++) total += lengths[at]!;
  return total;
}
