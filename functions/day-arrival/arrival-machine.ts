/**
 * The state machine that waits until a day's logs have settled:
 *
 *   Settle ─► Settled? ─► Wait ─► Settle …
 *                └─► Over
 *
 * `Settle` looks at the day folder. When nothing has changed since the look before, the day is run; otherwise the machine
 * waits again. An execution has the input `{ day, wait }` and the name `arrival-<day>-<wait>`, so that all events of a day
 * share one execution.
 */
import { callTask } from '../../shared/job/day-tasks.ts';
import type { HandlerSpec, StateMachine } from '../../shared/job/state-machine.ts';

/** The functions of arrival. No machine calls `arrive` (S3's events call it), `sweep` (hourly) and `start` (by hand). */
export const ARRIVAL_HANDLERS: readonly HandlerSpec[] = [
  { name: 'arrive', memoryMb: 512, timeoutSeconds: 120 },
  { name: 'settle', memoryMb: 512, timeoutSeconds: 120 },
  { name: 'sweep', memoryMb: 512, timeoutSeconds: 900 },
  { name: 'start', memoryMb: 512, timeoutSeconds: 120 },
];

/** After this many looks a new execution takes over: a history ends at 25,000 events, and a look takes up to 102. */
export const MAX_LOOKS = 190;

export function compileArrivalMachine(): StateMachine {
  return {
    Comment: 'Waits until a day’s logs have settled, then runs the day.',
    StartAt: 'First look',
    States: {
      'First look': {
        Type: 'Pass',
        Result: { seen: null, looks: 0 },
        ResultPath: '$.look',
        Next: 'Settle',
      },
      Settle: {
        ...callTask(ARRIVAL_HANDLERS, 'settle', { 'day.$': '$.day', 'wait.$': '$.wait', 'look.$': '$.look' }),
        ResultSelector: {
          'seen.$': '$.Payload.seen',
          'looks.$': '$.Payload.looks',
          'seconds.$': '$.Payload.seconds',
        },
        ResultPath: '$.look',
        Next: 'Settled?',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
      },
      'Settled?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.look.seconds', NumericGreaterThan: 0, Next: 'Wait' }],
        Default: 'Over',
      },
      Wait: { Type: 'Wait', SecondsPath: '$.look.seconds', Next: 'Settle' },
      Over: { Type: 'Succeed' },
      Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
    },
  };
}
