/** The output as a table: the rules. */
import { recordRows } from '../../shared/tables/line-rows.ts';
import type { ModelTable } from '../../shared/tables/model-table.ts';

export const tables: readonly ModelTable[] = [
  {
    name: 'rules',
    summary: 'A row for each rule, the best ones first: who has all items of the antecedent often has the item too.',
    files: /^part-\d{5}$/,
    columns: [
      {
        name: 'antecedent',
        type: 'int64',
        list: 'any',
        ids: 'item',
        means: 'the items that imply the other one, ascending',
      },
      { name: 'item', type: 'int64', ids: 'item', means: 'the item that is implied' },
      { name: 'confidence', type: 'float64', means: 'the share of the baskets with the antecedent that hold the item' },
      { name: 'lift', type: 'float64', means: "the confidence as a multiple of the item's share of all baskets" },
      { name: 'interest', type: 'float64', means: "the confidence less the item's share of all baskets" },
    ],
    read: recordRows('itemset', 'item', 'confidence', 'lift', 'interest'),
  },
];
