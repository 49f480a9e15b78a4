/** What becomes public: the two files that the serving reader knows, and a sample of rejected lines if there are any. */
import type { Piece, Publication } from '../../shared/job/job.ts';
import { readCounts, rejectedFile } from '../../shared/job/rejects.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import { headerOf } from './core-text.ts';
import type { Word2vecRun } from './settings.ts';
import { readCounted } from './steps-read.ts';

/** What the first shard's text begins with: it is known without reading that object. */
function headerPiece(key: string, header: string): Piece {
  const bytes = new TextEncoder().encode(header);
  const read = async function* () {
    yield bytes;
  };
  return { key, start: 0, end: bytes.byteLength, read };
}

export async function publication(run: Word2vecRun): Promise<Publication> {
  const read = await run.work.openAll('read');
  const formatted = await run.work.shards('format');
  const { lines, rejected } = readCounts(read);
  const { sessions, vocabulary, words, partitions, rounds } = await readCounted(run);
  const pieces = formatted.map((_, shard) => ({ key: run.work.key('format', shard) }));
  const header = headerPiece(run.work.key('format', 0), headerOf(run.settings.vectorSize));
  const files = [
    { name: 'docvectors.txt', pieces },
    { name: 'termvectors.txt', pieces: [header] },
  ];
  const rateHalvings = formatted[0]?.halvings as number;
  const trained = await run.work.openAll('learn', formatted[0]?.iteration as number);
  const notFinite = trained.reduce((sum, { meta }) => sum + (meta as { notFinite: number }).notFinite, 0);
  const counts = { lines, rejected, sessions, vocabulary, words, partitions, rounds, rateHalvings, notFinite };
  const prefix = dayFolder(run.client as string, 'word2vec', run.day);
  return { folders: [{ prefix, files: [...files, ...rejectedFile(read)], counts }] };
}
