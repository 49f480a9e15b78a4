/** The output of a run: the two files that the serving reader knows, and a sample of rejected lines if there are any. */
import type { DayOutput, OutputFile, Piece } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { headerOf } from './core-text.ts';
import type { Word2vecRun } from './settings.ts';
import { format } from './steps-format.ts';
import { learn } from './steps-learn.ts';
import { read, readCounted } from './steps-read.ts';

/** The beginning of the first shard's text. It is known, so that object need not be read. */
function headerPiece(key: string, header: string): Piece {
  const bytes = new TextEncoder().encode(header);
  const stream = async function* () {
    yield bytes;
  };
  return { key, start: 0, end: bytes.byteLength, read: stream };
}

export async function publication(run: Word2vecRun): Promise<DayOutput> {
  const readFiles = await run.work.openAll(read);
  const formatted = await run.work.shards(format);
  const { lines, rejected } = readCounts(readFiles);
  const { sessions, vocabulary, words, partitions, rounds } = await readCounted(run);
  const pieces = formatted.map(({ index }): Piece => ({ key: run.work.key(format, index) }));
  const header = headerPiece(run.work.key(format, 0), headerOf(run.settings.vectorSize));
  const files: OutputFile[] = [
    { name: 'docvectors.txt', pieces },
    { name: 'termvectors.txt', pieces: [header] },
    ...rejectedFile(readFiles),
  ];
  const { halvings, iteration } = formatted[0]!;
  const trained = await run.work.openAll(learn, iteration);
  const notFinite = trained.reduce((sum, { meta }) => sum + meta.notFinite, 0);
  return {
    files,
    counts: {
      lines,
      rejected,
      sessions,
      vocabulary,
      words,
      partitions,
      rounds,
      learningRateHalvings: halvings,
      notFinite,
    },
  };
}
