/** The verdict on item vectors: they are read back as text, and compared with the vectors from which training began. */
import { startWordVector } from '../../shared/kernels/word2vec.ts';
import { countIn, type Judged, type Judging, type SampledLines } from '../../shared/verdict/judging.ts';
import { decimalIn, idIn } from '../../shared/verdict/line-readers.ts';
import type { Finding } from '../../shared/verdict/verdict.ts';
import type { Word2vecSettings } from './settings.ts';
import { readVocabulary } from './steps-read.ts';

const VECTORS = 'item vectors';

const isHeaderOf = (line: string, size: number): boolean => line === `-vectortype REAL -dimension ${size}`;

/** Reads a header if the passage begins the file, then lines `<item>|<v1>|<v2>|…` of `size` values. */
function vectorReader(size: number, isStart: boolean): (line: string) => string | undefined {
  let isHeader = isStart;
  return (line) => {
    if (isHeader) {
      isHeader = false;
      return isHeaderOf(line, size) ? undefined : `the header does not say that vectors have ${size} dimensions`;
    }
    const [item = '', ...values] = line.split('|');
    if (idIn(item) === undefined) return 'it does not begin with an item and a bar';
    if (values.length !== size) return `it has ${values.length} values and vectorSize is ${size}`;
    const wrong = values.find((text) => decimalIn(text) === undefined);
    return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is no finite number`;
  };
}

export const judging: Judging<Word2vecSettings> = {
  tables: [
    {
      name: VECTORS,
      isPart: (name) => name === 'docvectors.txt',
      records: (counts) => countIn(counts, 'vocabulary'),
      headers: 1,
      reader: ({ settings }, isStart) => vectorReader(settings.vectorSize, isStart),
    },
    {
      name: 'term vectors',
      isPart: (name) => name === 'termvectors.txt',
      records: () => 0,
      headers: 1,
      reader: ({ settings }, isStart) => vectorReader(settings.vectorSize, isStart),
    },
  ],
  sides: { items: 'vocabulary' },
  mayBeEmpty: false,
  learned,
  async *ids(run) {
    yield (await readVocabulary(run)).ids;
  },
};

/** Counts the vectors in the sample that training has moved from their start. */
function learned({ settings }: Judged<Word2vecSettings>, sample: readonly SampledLines[]): Finding {
  const { seed, vectorSize } = settings;
  const lines = sample.find(({ table }) => table === VECTORS)?.lines ?? [];
  const start = new Float32Array(vectorSize);
  let [read, moved] = [0, 0];
  for (const line of lines) {
    const [item = '', ...values] = line.split('|');
    const id = idIn(item);
    if (id === undefined || values.length !== vectorSize) continue;
    read++;
    startWordVector(seed, id, vectorSize, start, 0);
    if (values.some((text, place) => Math.fround(Number(text)) !== start[place])) moved++;
  }
  return {
    result: moved > 0 ? 'passed' : 'failed',
    value: moved,
    limit: 1,
    says:
      moved > 0
        ? `${moved} of ${read} vectors were moved by training`
        : `nothing was trained: the ${read} vectors read back are those of the start. Sessions of one item teach nothing; look at maxIntraSessionGapSecs and minWordCount`,
  };
}
