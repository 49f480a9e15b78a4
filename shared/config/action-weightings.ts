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
