/** The verdict on association rules: each line must be a rule that the settings allow, and scores must not ascend. */
import { countIn, type Judging } from '../../shared/verdict/judging.ts';
import { isId, recordIn } from '../../shared/verdict/line-readers.ts';
import type { RulesSettings } from './settings.ts';
import { readRanks } from './steps-mine.ts';

const KEYS = ['itemset', 'item', 'confidence', 'lift', 'interest'];
/** More than the rounding error between two ways to compute the same quotient of counts. */
const ROUNDING = 1e-9;

/** Reads rules in descending order of the score that the server computes. */
function ruleReader(settings: RulesSettings): (line: string) => string | undefined {
  let before = Number.POSITIVE_INFINITY;
  return (line) => {
    const record = recordIn(line, KEYS);
    if (typeof record === 'string') return record;
    const { itemset, item } = record;
    const [confidence, lift, interest] = [record.confidence, record.lift, record.interest].map(Number) as [
      number,
      number,
      number,
    ];
    if (!Array.isArray(itemset) || itemset.length === 0 || !itemset.every(isId)) return 'itemset is no list of ids';
    const ids: readonly number[] = itemset;
    if (ids.some((id, at) => at > 0 && id <= ids[at - 1]!)) return 'itemset is not ascending';
    if (!isId(item)) return 'item is no id';
    if (itemset.includes(item)) return 'item is also in itemset';
    if (itemset.length >= settings.maxItemSetSize) return `it has more than ${settings.maxItemSetSize} items`;
    if (!(confidence > settings.minConfidence && confidence <= 1)) return 'its confidence is out of range';
    if (!(interest > settings.minInterest) || !(lift > settings.minLift)) return 'its interest or lift is out of range';
    // Each of the two differences below is the share of the baskets that hold the item.
    if (!(Math.abs(confidence / lift - (confidence - interest)) < ROUNDING)) return 'lift and interest do not agree';
    const score = confidence * lift * itemset.length;
    if (score > before) return 'its score is above the score of the line before it';
    before = score;
    return undefined;
  };
}

export const judging: Judging<RulesSettings> = {
  tables: [
    {
      name: 'rules',
      isPart: (name) => name === 'part-00000',
      records: (counts) => countIn(counts, 'rules'),
      reader: ({ settings }) => ruleReader(settings),
    },
  ],
  sides: { items: 'frequentItems' },
  mayBeEmpty: true,
  async *ids(run, side) {
    if (side === 'items') yield (await readRanks(run)).ids;
  },
};
