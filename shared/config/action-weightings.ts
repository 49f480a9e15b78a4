/** The setting `actionWeightings`: the values of the types of action. */
import { integer, number } from './settings.ts';

/** The fields of an entry. Spread them into `records`. */
export const actionWeightingFields = {
  actionType: integer({ required: true, meaning: 'type of the action' }),
  valuePerAction: number({
    required: true,
    meaning: 'value of one action of this type; negative for a dislike',
  }),
  maxSum: number({ required: true, meaning: 'largest sum of the values of all actions of this type' }),
};

/** The part of an entry that says whether a type of action is positive. */
export interface TypeValue {
  readonly actionType: number;
  readonly valuePerAction: number;
}

/** Returns the types whose actions are positive: those with a value above 0. The last entry of a type counts. */
export function positiveTypes(weightings: readonly TypeValue[]): ReadonlySet<number> {
  const values = new Map(weightings.map(({ actionType, valuePerAction }) => [actionType, valuePerAction]));
  return new Set([...values.keys()].filter((type) => values.get(type)! > 0));
}
