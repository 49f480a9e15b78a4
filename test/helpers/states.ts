/** Reads the definitions of state machines. */
import validate from 'asl-validator';
import { partsOf } from '../../infra/machine-states.ts';
import type { State, StateMachine, States } from '../../shared/job/state-machine.ts';

/** Returns the name and the definition of every state, at all levels. */
export const namedStates = (machine: States): [name: string, state: State][] =>
  Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...partsOf(state).flatMap(namedStates),
  ]);

/** Returns the violations of Amazon States Language, or an empty text. Placeholders are replaced by valid ARNs. */
export function languageErrors(machine: StateMachine): string {
  const deployed = JSON.stringify(machine)
    .replace(/\$\{machine:[^}]*\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:m')
    .replace(/\$\{[^}]*\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:f');
  const { isValid, errorsText } = validate(JSON.parse(deployed), { checkArn: true, checkPaths: true });
  return isValid ? '' : errorsText('\n');
}
