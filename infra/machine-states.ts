/** Reads a state machine's definition: its states, also those inside Maps and branches, and the paths between them. */
import { isStates, type State, type States } from '../shared/job/state-machine.ts';

/** Returns a Map's processor, or a Parallel's branches. */
export function partsOf(state: State): States[] {
  return [state.ItemProcessor, ...((state.Branches as State[string][] | undefined) ?? [])].filter(isStates);
}

export const everyState = (machine: States): State[] =>
  Object.values(machine.States).flatMap((state) => [state, ...partsOf(state).flatMap(everyState)]);

export const isDistributed = (state: State): boolean =>
  (state.ItemProcessor as { ProcessorConfig?: { Mode?: string } } | undefined)?.ProcessorConfig?.Mode === 'DISTRIBUTED';

/** The states that may come after a state. */
export function nextOf(state: State): string[] {
  const rules = [...((state.Choices as State[] | undefined) ?? []), ...((state.Catch as State[] | undefined) ?? [])];
  return [state.Next, state.Default, ...rules.map((rule) => rule.Next)].filter(
    (name) => name !== undefined,
  ) as string[];
}
