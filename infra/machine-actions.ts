/**
 * The permissions that a state machine needs, read from its definition alone. The roles themselves are written by hand,
 * because the CDK writes none for a definition that is given as text, and no emulator checks a role. A test compares the two.
 */
import { startsOwnMachine } from '../shared/job/nested-executions.ts';
import type { State, StateMachine } from '../shared/job/state-types.ts';
import { everyState, isDistributed } from './machine-states.ts';

/** `on` is the resource as the definition names it, such as `${configure}`, or words for a resource that it cannot name. */
export interface NeededAction {
  readonly action: string;
  readonly on: string;
}

const SYNC_RULE = 'rule StepFunctionsGetEventsForStepFunctionsExecutionRule';

/**
 * Returns each needed action once, in the order of action and resource.
 * @throws Error for a resource that no rule here knows
 */
export function actionsNeeded(machine: StateMachine): NeededAction[] {
  const needed = everyState(machine).flatMap((state) => [...actionsOfTask(state), ...actionsOfMap(state)]);
  const unique = new Map(needed.map((one) => [`${one.action} ${one.on}`, one]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function actionsOfTask(state: State): NeededAction[] {
  if (state.Type !== 'Task') return [];
  const parameters = state.Parameters as { FunctionName?: string; StateMachineArn?: string };
  switch (state.Resource) {
    case 'arn:aws:states:::lambda:invoke':
      return [{ action: 'lambda:InvokeFunction', on: parameters.FunctionName as string }];
    case 'arn:aws:states:::states:startExecution.sync:2': {
      const started = startsOwnMachine(state) ? 'itself' : (parameters.StateMachineArn as string);
      return [
        { action: 'states:StartExecution', on: started },
        { action: 'states:DescribeExecution', on: `executions of ${started}` },
        { action: 'states:StopExecution', on: `executions of ${started}` },
        ...['PutTargets', 'PutRule', 'DescribeRule'].map((action) => ({ action: `events:${action}`, on: SYNC_RULE })),
      ];
    }
    default:
      throw new Error(`no rule says what a Task of ${String(state.Resource)} needs`);
  }
}

function actionsOfMap(state: State): NeededAction[] {
  if (!isDistributed(state)) return [];
  const reader = (state.ItemReader as { Resource?: string } | undefined)?.Resource;
  if (reader !== undefined && reader !== 'arn:aws:states:::s3:getObject') {
    throw new Error(`no rule says what an ItemReader of ${reader} needs`);
  }
  return [
    { action: 'states:StartExecution', on: 'itself' },
    { action: 'states:DescribeExecution', on: 'executions of itself' },
    { action: 'states:StopExecution', on: 'executions of itself' },
    ...(reader === undefined ? [] : [{ action: 's3:GetObject', on: 'lists' }]),
  ];
}
