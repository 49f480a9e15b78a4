/**
 * The kernel from sessions to vectors: it makes the vocabulary, encodes sessions, trains and writes the text. It begins after
 * the step `read`, with items that are counted and numbered by their first occurrence, because that needs parsed lines.
 */
import { eachSession, NO_WORD, SessionEncoder } from '../../../functions/word2vec/core-encode.ts';
import { paceOf, startRate } from '../../../functions/word2vec/core-pace.ts';
import { cellOf, cellsOf, firstRound, type Round, roundAfter } from '../../../functions/word2vec/core-shares.ts';
import { headerOf, vectorLine } from '../../../functions/word2vec/core-text.ts';
import { trainStream } from '../../../functions/word2vec/core-train.ts';
import { vocabularyOf } from '../../../functions/word2vec/core-vocabulary.ts';
import { word2vec } from '../../../functions/word2vec/job.ts';
import { roundsOf, type Word2vecRun } from '../../../functions/word2vec/settings.ts';
import { LEARN_MEMORY_MB } from '../../../functions/word2vec/steps-learn.ts';
import { readSessions as readShard } from '../../../functions/word2vec/steps-read.ts';
import { doublesIn, integersIn } from '../../../shared/columns/bytes.ts';
import { IdIndex } from '../../../shared/columns/id-index.ts';
import { listFolder, weightOfAll } from '../../../shared/job/inputs.ts';
import { huffmanTree, paddedSize, SkipGram, startWordVector, windowKey } from '../../../shared/kernels/word2vec.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import type { Kernel } from './kernel.ts';
import { segmentsIn } from './segments.ts';

/** The only partition. */
const ALONE = 0;

export const kernel: Kernel = async ({ folder, settings: given }) => {
  const settings = word2vec.settings.parse(given);
  const { ids, counts, words, sessions } = await readSessions(folder, settings);
  return async function* () {
    const vocabulary = vocabularyOf(ids, counts, settings.minWordCount);
    const total = vocabulary.counts.reduce((sum, count) => sum + count, 0);
    const rounds = roundsOf(settings, total);
    if (rounds.partitions > 1) throw new RangeError(`${total} words are trained in ${rounds.partitions} partitions`);

    const encoder = new SessionEncoder(rounds, numbersIn(vocabulary.ids, ids));
    let session = 0;
    eachSession(words, (items) => encoder.add(items, ALONE, cellOf(session++, sessions, 0, rounds)));
    const streams = encoder.views();

    const { seed, vectorSize, learningRate } = settings;
    const tree = huffmanTree(vocabulary.counts);
    const trainer = SkipGram.create({ ...settings, tree, memoryMb: LEARN_MEMORY_MB });
    const size = paddedSize(vectorSize);
    for (const [word, id] of vocabulary.ids.entries()) {
      startWordVector(seed, id, vectorSize, trainer.input, word * size);
    }
    for (let at: Round | undefined = firstRound(rounds); at !== undefined; at = roundAfter(at, rounds)) {
      const { from, to } = cellsOf(at);
      trainer.setPace(paceOf(encoder.words, at, rounds, ALONE, startRate(learningRate, rounds.partitions, 0)));
      const start = {
        before: 0,
        position: encoder.words.sum(0, from, ALONE),
        key: windowKey(seed, at.epoch, ALONE),
      };
      await trainStream(trainer, pieces(streams.slice(from, to)), start);
    }

    const header = headerOf(vectorSize);
    let text = header;
    for (const [word, id] of vocabulary.ids.entries()) text += vectorLine(id, trainer.input, word * size, vectorSize);
    yield Buffer.from(text);
    yield Buffer.from(header);
  };
};

async function* pieces(streams: readonly Uint32Array[]): AsyncGenerator<Uint32Array> {
  yield* streams;
}

/** Returns the result of the step `read` for all files as one shard. */
async function readSessions(folder: string, settings: Word2vecRun['settings']) {
  const input = await openStore(folder);
  const inputs = await listFolder(input, '');
  const file = await segmentsIn(await readShard({ input, inputs, settings }, { start: 0, end: weightOfAll(inputs) }));
  return {
    ids: doublesIn(await file.read('ids')),
    counts: doublesIn(await file.read('counts')),
    words: integersIn(await file.read('words')),
    sessions: (file.meta as { readonly sessions: number }).sessions,
  };
}

/** Returns the number in the vocabulary of each of `items`, or NO_WORD. */
function numbersIn(vocabulary: Float64Array, items: Float64Array): Uint32Array {
  const index = new IdIndex();
  for (const id of vocabulary) index.add(id);
  return Uint32Array.from(items, (id) => {
    const number = index.get(id);
    return number < 0 ? NO_WORD : number;
  });
}
