/**
 * Skip-gram with hierarchical softmax in partitions, the slow way: float64, one array for each vector, all in memory.
 *
 * The definition is that of `functions/word2vec/README.md`: Mikolov et al., "Distributed Representations of Words and
 * Phrases and their Compositionality" (2013), as in `word2vec.c`, after Seldon's `Word2VecJob`; the way partitions are
 * combined is this product's own. The draws (Philox, the finalizer of MurmurHash3) are part of the definition: they are
 * shared with the job or written out again. All else is computed here.
 */
import { sessionDraw, startWordVector, windowKey } from '../../shared/kernels/word2vec.ts';

export interface PlainWord2vec {
  readonly seed: number;
  readonly vectorSize: number;
  readonly window: number;
  readonly minWordCount: number;
  readonly learningRate: number;
  readonly iterations: number;
  readonly partitions: number;
  readonly rounds: number;
  readonly sharedPath: boolean;
}

interface PlainWord {
  readonly item: number;
  readonly count: number;
  /** The inner nodes from the root down, each with the code of the branch that the path takes there. */
  readonly path: { readonly node: number; readonly code: number }[];
}

interface Model {
  readonly words: number[][];
  readonly nodes: number[][];
}

interface Sentence {
  readonly words: readonly number[];
  /** The position of its first word among the words of its partition. */
  readonly position: number;
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, f) => sum + value * b[f]!, 0);
const copyOf = ({ words, nodes }: Model): Model => ({
  words: words.map((x) => [...x]),
  nodes: nodes.map((n) => [...n]),
});

/** Returns the vector of each item, the most frequent items first and ties in the order of their names. */
export function trainPlainly(sessions: readonly (readonly number[])[], settings: PlainWord2vec): Map<number, number[]> {
  const vocabulary = vocabularyOf(sessions, settings.minWordCount);
  assignPaths(vocabulary);
  const start = new Float32Array(settings.vectorSize);
  let model: Model = {
    words: vocabulary.map(({ item }) => {
      startWordVector(settings.seed, item, settings.vectorSize, start, 0);
      return [...start];
    }),
    nodes: vocabulary.map(() => zeros(settings.vectorSize)),
  };
  const trainer = new PlainTrainer(vocabulary, settings);
  const parts = divide(sessions, vocabulary, settings);
  const wordsIn = (sentences: readonly Sentence[]) => sentences.reduce((sum, { words }) => sum + words.length, 0);
  const total = parts.flat().reduce((sum, sentences) => sum + wordsIn(sentences), 0) * settings.iterations;
  const { partitions } = settings;
  const rate =
    partitions === 1
      ? settings.learningRate
      : Math.max(settings.learningRate, Math.min(partitions * settings.learningRate, 0.1));

  let done = 0;
  for (let epoch = 0; epoch < settings.iterations; epoch++) {
    // The warm-up trains on cell 0 of each partition, one partition after another, without copies.
    if (epoch === 0) {
      for (const [partition, cells] of parts.entries()) {
        trainer.train(model, cells[0]!, epoch, partition, (words) => rateAt(rate, done + words, total));
        done += wordsIn(cells[0]!);
      }
    }
    for (let round = 1; round <= settings.rounds; round++) {
      const shares = parts.map((cells) => (epoch > 0 && round === 1 ? [...cells[0]!, ...cells[1]!] : cells[round]!));
      const wordsOfRound = shares.reduce((sum, share) => sum + wordsIn(share), 0);
      const copies = shares.map((share, partition) => {
        const copy = copyOf(model);
        // A word of this share stands for this many words of the round.
        const scale = wordsOfRound / wordsIn(share);
        trainer.train(copy, share, epoch, partition, (words) => rateAt(rate, done + words * scale, total));
        return copy;
      });
      model = partitions === 1 ? copies[0]! : combinePlainly(model, copies);
      done += wordsOfRound;
    }
  }
  return new Map(vocabulary.map(({ item }, word) => [item, model.words[word]!]));
}

/** Returns the learning rate after `done` of `total` words. */
const rateAt = (rate: number, done: number, total: number): number => rate * Math.max(1 - done / total, 0.0001);

function vocabularyOf(sessions: readonly (readonly number[])[], minWordCount: number): PlainWord[] {
  const counts = new Map<number, number>();
  for (const item of sessions.flat()) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= minWordCount)
    .sort(([a, countA], [b, countB]) => countB - countA || (`${a}` < `${b}` ? -1 : 1))
    .map(([item, count]) => ({ item, count, path: [] }));
}

/**
 * Builds the Huffman tree: joins the two rarest subtrees until one is left. Of equal counts, an inner node is taken before
 * a word, and an older inner node before a newer one.
 */
function assignPaths(vocabulary: readonly PlainWord[]): void {
  interface Waiting {
    readonly count: number;
    /** Inner nodes have their number. Words come after all inner nodes, the last word of the vocabulary first. */
    readonly order: number;
    readonly leaves: readonly PlainWord[];
  }
  const waiting: Waiting[] = vocabulary.map((word, index) => ({
    count: word.count,
    order: 1e9 - index,
    leaves: [word],
  }));
  for (let node = 0; waiting.length > 1; node++) {
    waiting.sort((a, b) => a.count - b.count || a.order - b.order);
    const [left, right] = waiting.splice(0, 2) as [Waiting, Waiting];
    for (const word of left.leaves) word.path.unshift({ node, code: 0 });
    for (const word of right.leaves) word.path.unshift({ node, code: 1 });
    waiting.push({ count: left.count + right.count, order: node, leaves: [...left.leaves, ...right.leaves] });
  }
}

/**
 * Returns partition → cell → sentences. Cell 0 is the warm-up, 5 % of the sessions; the other cells are the rounds. A
 * sentence has at most 1,000 words.
 */
function divide(
  sessions: readonly (readonly number[])[],
  vocabulary: readonly PlainWord[],
  { seed, partitions, rounds }: PlainWord2vec,
): Sentence[][][] {
  const numbers = new Map(vocabulary.map(({ item }, number) => [item, number]));
  const parts = Array.from({ length: partitions }, () => Array.from({ length: rounds + 1 }, () => [] as number[][]));
  for (const [index, session] of sessions.entries()) {
    const draw = sessionDraw(seed, index);
    const drawn = draw < 0.05 ? 0 : 1 + Math.floor(((draw - 0.05) / 0.95) * rounds);
    const cell = partitions === 1 ? 1 + Math.floor((index * rounds) / sessions.length) : drawn;
    const words = session.flatMap((item) => numbers.get(item) ?? []);
    for (let from = 0; from < words.length; from += 1000) {
      parts[index % partitions]![cell]!.push(words.slice(from, from + 1000));
    }
  }
  return parts.map((cells) => {
    let position = 0;
    return cells.map((sentences) =>
      sentences.map((words) => {
        const sentence = { words, position };
        position += words.length;
        return sentence;
      }),
    );
  });
}

class PlainTrainer {
  readonly #vocabulary: readonly PlainWord[];
  readonly #settings: PlainWord2vec;

  constructor(vocabulary: readonly PlainWord[], settings: PlainWord2vec) {
    this.#vocabulary = vocabulary;
    this.#settings = settings;
  }

  /** @param rateAfter returns the learning rate of a sentence from the number of words before it */
  train(
    model: Model,
    sentences: readonly Sentence[],
    epoch: number,
    partition: number,
    rateAfter: (words: number) => number,
  ): void {
    const { seed, window, sharedPath } = this.#settings;
    const key = windowKey(seed, epoch, partition);
    let before = 0;
    for (const { words, position } of sentences) {
      const rate = rateAfter(before);
      for (const [index, centre] of words.entries()) {
        const reach = window - Math.floor((windowHash(key, position + index) / 2 ** 32) * window);
        const contexts = words.filter((_, other) => other !== index && Math.abs(other - index) <= reach);
        while (sharedPath && contexts.length >= 4) this.#learn(model, centre, contexts.splice(0, 4), rate);
        for (const context of contexts) this.#learn(model, centre, [context], rate);
      }
      before += words.length;
    }
  }

  /**
   * Moves the contexts' vectors and the nodes on the centre word's path. At each node all contexts see the same vector of
   * the node; the contexts' own vectors move only at the end of the path.
   */
  #learn(model: Model, centre: number, contexts: readonly number[], rate: number): void {
    const moves = contexts.map(() => zeros(this.#settings.vectorSize));
    for (const { node, code } of this.#vocabulary[centre]!.path) {
      const n = model.nodes[node]!;
      const gains = contexts.map((context) => {
        const logit = dot(model.words[context]!, n);
        return Math.abs(logit) < 6 ? (1 - code - tabulatedSigmoid(logit)) * rate : 0;
      });
      const old = [...n];
      for (const [index, context] of contexts.entries()) {
        for (let f = 0; f < n.length; f++) {
          moves[index]![f]! += gains[index]! * old[f]!;
          n[f]! += gains[index]! * model.words[context]![f]!;
        }
      }
    }
    for (const [index, context] of contexts.entries()) {
      for (const [f, move] of moves[index]!.entries()) model.words[context]![f]! += move;
    }
  }
}

/** The table of `word2vec.c`: 1,000 entries over (-6, 6). Here each entry is the sigmoid at the middle of its range. */
function tabulatedSigmoid(logit: number): number {
  const entry = Math.floor(((logit + 6) * 1000) / 12);
  return 1 / (1 + Math.exp(-(((entry + 0.5) * 12) / 1000 - 6)));
}

/** The draw of a window, 32 bits: the finalizer of MurmurHash3 over the position and the key. */
function windowHash(key: number, position: number): number {
  const mix = (hash: number) => {
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  return mix(mix((position + 0x9e3779b9) | 0) ^ key) >>> 0;
}

/**
 * Combines the partitions' copies row by row: new = checkpoint + S × min(1, Q / |S|²), where S is the sum of the copies'
 * changes to the row and Q the sum of the squares of these changes' lengths.
 */
export function combinePlainly(checkpoint: Model, copies: readonly Model[]): Model {
  const combined = (rows: (model: Model) => number[][]) =>
    rows(checkpoint).map((old, row) => {
      const changes = copies.map((copy) => rows(copy)[row]!.map((value, f) => value - old[f]!));
      const sum = old.map((_, f) => changes.reduce((total, change) => total + change[f]!, 0));
      const squares = changes.reduce((total, change) => total + dot(change, change), 0);
      const length = dot(sum, sum);
      return length === 0 ? old : old.map((value, f) => value + sum[f]! * Math.min(1, squares / length));
    });
  return { words: combined(({ words }) => words), nodes: combined(({ nodes }) => nodes) };
}
