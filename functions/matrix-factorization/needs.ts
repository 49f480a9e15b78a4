/** Says in words which users and items are in a model. */
import { isRecord, type JsonValue } from '../../shared/json.ts';

/** @param who `a user` or `an item` */
export function needsPositive(who: string, settings: Readonly<Record<string, JsonValue>>): string {
  const weightings = Array.isArray(settings.actionWeightings) ? settings.actionWeightings.filter(isRecord) : [];
  const types = weightings.filter(({ valuePerAction }) => Number(valuePerAction) > 0);
  const named = types.map(({ actionType }) => String(actionType)).join(' or ');
  return types.length === 0
    ? `${who} needs a score above zero, and no type of action has a positive value (actionWeightings)`
    : `${who} needs a score above zero, which actions of type ${named} give (actionWeightings)`;
}
