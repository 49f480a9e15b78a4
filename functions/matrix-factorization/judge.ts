/** How factors are judged: read back as text, and compared with a model of zeros. */
import { doublesIn } from '../../shared/columns/bytes.ts';
import { type Counts, countIn, type Judging, type ModelTable, type Side } from '../../shared/verdict/judging.ts';
import { decimalIn, idIn } from '../../shared/verdict/line-readers.ts';
import type { Finding } from '../../shared/verdict/verdict.ts';
import type { FactorizationRun } from './settings.ts';
import { finalIterations, sideOf } from './steps-sweep.ts';

/**
 * The smallest product of the two sides' largest norms, which bounds every prediction: below it the model predicts 0 for all
 * pairs, where a positive pair should come near 1. A lambda of 5 on a small shop gives 1e-9.
 */
const LEAST_PREDICTION = 1e-4;
/** Of the objective: rounding in single precision alone may move it by so much. */
const ROUNDING = 1e-6;

type FactorizationSettings = FactorizationRun['settings'];

const SIGNIFICANT_DIGITS = 5;

/** Reads `<id>|<f1>,<f2>,…`, ids ascending, `rank` factors of five digits at most. */
function factorReader(rank: number): (line: string) => string | undefined {
  let before = -1;
  return (line) => {
    const bar = line.indexOf('|');
    const id = idIn(line.slice(0, Math.max(0, bar)));
    if (id === undefined) return 'it does not begin with an id and a bar';
    if (id <= before) return `id ${id} does not come after id ${before}`;
    before = id;
    const factors = line.slice(bar + 1).split(',');
    if (factors.length !== rank) return `it has ${factors.length} factors and the rank is ${rank}`;
    const wrong = factors.find((text) => decimalIn(text) === undefined || digitsOf(text) > SIGNIFICANT_DIGITS);
    return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is no factor of five digits`;
  };
}

const digitsOf = (text: string): number => text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').length;

const vectors = (side: Side, file: string): ModelTable<FactorizationSettings> => ({
  name: `${side === 'users' ? 'user' : 'item'} vectors`,
  isPart: (name) => name === file,
  gzipOf: (name) => `${name}.gz`,
  records: (counts) => countIn(counts, side),
  reader: ({ settings }) => factorReader(settings.rank),
});

export const judging: Judging<FactorizationSettings> = {
  tables: [vectors('users', 'userFeatures.txt'), vectors('items', 'productFeatures.txt')],
  sides: { users: 'users', items: 'items' },
  mayBeEmpty: false,
  learned: ({ counts }) => learned(counts),
  async *ids(run, side) {
    const iteration = finalIterations(run).find((one) => sideOf(one) === side)!;
    const solved = await run.work.shards('solve', iteration);
    for (const [shard] of solved.entries()) {
      yield doublesIn(await (await run.work.open('solve', shard, iteration)).read('ids'));
    }
  },
};

/** Compares the final objective with that of vectors of zeros, and looks at the largest prediction there can be. */
export function learned(counts: Counts): Finding {
  const objective = countIn(counts, 'objective');
  const zero = countIn(counts, 'objectiveOfZeros');
  const users = countIn(counts, 'longestUserVector');
  const items = countIn(counts, 'longestItemVector');
  if (objective === undefined || zero === undefined || users === undefined || items === undefined) {
    return { result: 'notApplicable', says: 'the objective was not counted when this model was made' };
  }
  if (!(users * items >= LEAST_PREDICTION)) {
    return {
      result: 'failed',
      value: users * items,
      limit: LEAST_PREDICTION,
      says: `the vectors are all nearly zero (the longest of a user is ${users}, of an item ${items}): lower lambda`,
    };
  }
  const isBelow = objective < zero * (1 - ROUNDING);
  return {
    result: isBelow ? 'passed' : 'failed',
    value: objective,
    limit: zero,
    says: isBelow
      ? `the objective is ${objective}, and that of zeros ${zero}`
      : `nothing was learned: the objective is ${objective}, and vectors of zeros have ${zero}. Lower lambda, or raise iterations`,
  };
}
