/**
 * Ranks items by the best rule that applies to the user: the largest confidence × lift × number of antecedent items, as the
 * original's server computes it, among the rules whose antecedent items the user all met.
 *
 * *U users of the block, I known items.*
 */
import { offsetsOf } from '../../shared/columns/counting-sort.ts';
import type { IdIndex } from '../../shared/columns/id-index.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import { RankedLists } from '../../shared/evaluation/ranked-lists.ts';
import type { RankedItems, ScoredBlock, Scorer } from '../../shared/evaluation/scorer.ts';
import { isRecord, parseJson } from '../../shared/json.ts';
import type { SeenItems } from '../../shared/kernels/best-lists.ts';

export const scorer: Scorer = {
  job: 'fpgrowth',
  node: 'assocrules',
  writes: 'fpgrowth',
  fillsTable: false,
  rank: rankByRules,
};

/** A rule between known items, by their indexes. */
interface Rule {
  readonly antecedent: readonly number[];
  readonly item: number;
  readonly score: number;
}

async function rankByRules(model: PublishedModel, block: ScoredBlock): Promise<RankedItems> {
  const { items, users, met, cutoff } = block;
  const known = placesOf(items);
  const holders = holdersOf(met, items.length);
  const best = Array.from(users, () => new Map<number, number>());
  for (const part of model.parts()) {
    await model.lines(part, (buffer, start, end) => {
      const rule = ruleIn(buffer.toString('utf8', start, end), known);
      if (rule === undefined || !(rule.score > 0)) return;
      for (const user of usersOf(rule, holders, met)) {
        const before = best[user]!.get(rule.item) ?? 0;
        if (rule.score > before) best[user]!.set(rule.item, rule.score);
      }
    });
  }
  const lists = new RankedLists(users.length, cutoff);
  for (const [user, scores] of best.entries()) {
    for (const [item, score] of scores) if (!hasMet(met, user, item)) lists.offer(user, item, score);
  }
  return lists;
}

/** Returns the rule of a line; undefined when one of its items is not known. @throws RangeError for a line that is no rule */
function ruleIn(line: string, known: IdIndex): Rule | undefined {
  const rule = parseJson(line);
  if (!isRecord(rule) || !Array.isArray(rule.itemset) || typeof rule.item !== 'number') {
    throw new RangeError('it is no rule');
  }
  const score = Number(rule.confidence) * Number(rule.lift) * rule.itemset.length;
  if (Number.isNaN(score)) throw new RangeError('its confidence or lift is no number');
  const antecedent = rule.itemset.map((id) => known.get(Number(id)));
  const item = known.get(rule.item);
  return item < 0 || antecedent.some((one) => one < 0) ? undefined : { antecedent, item, score };
}

/** Returns the users who met all items of the antecedent. */
function* usersOf({ antecedent }: Rule, holders: SeenItems, met: SeenItems): Generator<number> {
  const holderCount = (item: number): number => holders.starts[item + 1]! - holders.starts[item]!;
  const rarest = antecedent.reduce((least, item) => (holderCount(item) < holderCount(least) ? item : least));
  for (let at = holders.starts[rarest]!; at < holders.starts[rarest + 1]!; at++) {
    const user = holders.items[at]!;
    if (antecedent.every((item) => item === rarest || hasMet(met, user, item))) yield user;
  }
}

/** Returns the users who met each item: `starts` (I + 1), `items` are places of users, ascending. */
function holdersOf(met: SeenItems, items: number): SeenItems {
  const starts = offsetsOf(met.items, items);
  const next = starts.slice();
  const users = new Uint32Array(met.items.length);
  for (let user = 0; user + 1 < met.starts.length; user++) {
    for (let at = met.starts[user]!; at < met.starts[user + 1]!; at++) users[next[met.items[at]!]!++] = user;
  }
  return { starts, items: users };
}

/** True when the user met the item. */
function hasMet({ starts, items }: SeenItems, user: number, item: number): boolean {
  let low = starts[user]!;
  let high = starts[user + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle]! < item) low = middle + 1;
    else high = middle;
  }
  return low < starts[user + 1]! && items[low] === item;
}
