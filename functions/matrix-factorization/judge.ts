/**
 * The verdict on factors: they are read back as text, and their objective is compared with that of vectors of zeros.
 */
import { type Counts, countIn, type Judging, type ModelTable, type Side } from '../../shared/verdict/judging.ts';
import { decimalIn, idIn } from '../../shared/verdict/line-readers.ts';
import type { Finding } from '../../shared/verdict/verdict.ts';
import { comparedLists } from './compared-lists.ts';
import { FILE_NAMES, gzipName } from './file-names.ts';
import { finalIterations } from './half-sweeps.ts';
import type { FactorizationSettings } from './settings.ts';
import { readSolvedIds, solve } from './steps-solve.ts';

/**
 * The least product of the lengths of the longest user vector and the longest item vector. The product bounds every
 * prediction. A positive pair's prediction should be near 1; below this limit the model predicts 0 for all pairs. A
 * lambda of 5 on a small shop gives 1e-9.
 */
const LEAST_PREDICTION = 1e-4;
/** A share of the objective: rounding in single precision alone may change it by so much. */
const ROUNDING = 1e-6;

const SIGNIFICANT_DIGITS = 5;

/** Reads lines `<id>|<f1>,<f2>,…`: ids ascend, and each line has `rank` factors of at most five significant digits. */
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
    return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is not a number of at most five digits`;
  };
}

/** Returns the number of significant digits of a decimal. */
const digitsOf = (text: string): number => text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').length;

const vectors = (side: Side): ModelTable<FactorizationSettings> => ({
  name: `${side === 'users' ? 'user' : 'item'} vectors`,
  isPart: (name) => name === FILE_NAMES[side],
  gzipOf: gzipName,
  records: (counts) => countIn(counts, side),
  reader: ({ settings }) => factorReader(settings.rank),
});

export const judging: Judging<FactorizationSettings> = {
  tables: [vectors('users'), vectors('items')],
  sides: { users: 'users', items: 'items' },
  mayBeEmpty: false,
  lists: comparedLists,
  learned: ({ counts }) => learned(counts),
  async *ids(run, side) {
    const iteration = finalIterations(run.settings)[side];
    for (const { index } of await run.work.shards(solve, iteration)) {
      yield readSolvedIds(await run.work.open(solve, index, iteration));
    }
  },
};

/**
 * Compares the final objective with that of vectors of zeros, and checks that the vectors are long enough to predict
 * anything.
 */
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
