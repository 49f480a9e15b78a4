/** Runs one epoch of the project's word2vec kernel on one thread over sessions in memory. */
import { SessionEncoder } from '../../../functions/word2vec/core-encode.ts';
import { paceOf } from '../../../functions/word2vec/core-pace.ts';
import { vocabularyOf } from '../../../functions/word2vec/core-vocabulary.ts';
import {
  huffmanTree,
  paddedSize,
  SENTENCE_END,
  SkipGram,
  startWordVector,
  windowKey,
} from '../../../shared/kernels/word2vec.ts';
import { timed } from '../measure.ts';
import { readSessions } from '../sessions.ts';

export interface Word2vecRun {
  /** The path of the sessions' files without their endings `.words` and `.ptr`. */
  readonly sessions: string;
  readonly vectorSize: number;
  readonly window: number;
  readonly learningRate: number;
  readonly sharedPath: boolean;
}

const run = JSON.parse(process.argv[2]!) as Word2vecRun;
const sessions = readSessions(run.sessions);
const counts = new Map<number, number>();
for (const session of sessions) for (const word of session) counts.set(word, (counts.get(word) ?? 0) + 1);
const vocabulary = vocabularyOf(Float64Array.from(counts.keys()), Float64Array.from(counts.values()), 1);

const numbers = new Uint32Array(Math.max(...vocabulary.ids) + 1);
for (const [number, id] of vocabulary.ids.entries()) numbers[id] = number;
const rounds = { partitions: 1, rounds: 1, iterations: 1 };
const encoder = new SessionEncoder(rounds, numbers);
for (const session of sessions) encoder.add(session, 0, 1);

const trainer = SkipGram.create({ ...run, tree: huffmanTree(vocabulary.counts), memoryMb: 1024 });
const size = paddedSize(run.vectorSize);
for (const [word, id] of vocabulary.ids.entries()) startWordVector(1, id, run.vectorSize, trainer.input, word * size);
trainer.setPace(paceOf(encoder.words, { epoch: 0, round: 1 }, rounds, 0, run.learningRate));

const words = encoder.views()[1]!;
const measurement = await timed(() => {
  const key = windowKey(1, 0, 0);
  for (let from = 0; from < words.length; ) {
    let to = Math.min(from + trainer.words.length, words.length);
    while (words[to - 1]! < SENTENCE_END) to--;
    trainer.words.set(words.subarray(from, to));
    trainer.train(to - from, from, from, key);
    from = to;
  }
});
process.stdout.write(`${JSON.stringify(measurement)}\n`);
