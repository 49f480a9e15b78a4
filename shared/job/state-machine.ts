/**
 * The state machine of a job, in the subset of Amazon States Language with JSONPath that AWS and its emulators share.
 *
 *   Configure ─► Configured? ─► Plan rate ─► rate (Map) ─► … ─► sweep ─► sweep done? ─► solve (Map) ─┐
 *                  │ │ └─► Nothing to do     ▲                ▲───────────────────────────────┘
 *                  │ └─► Fold ─► Folded? ────┘└─► [upload] ─► Activate
 *                  └─► Verdict ─► Publish ─► [upload] ─► Activate         (the same after the last step)
 *
 * `upload` stands for the task after publishing, which few jobs have. A run that is published but not live goes from
 * Configured? to Verdict, and Publish then has nothing to do. A job without a model has neither Verdict nor Activate. Fold does
 * all steps of a small run in one process (`fold.ts`). If it hands over or is lost, the ordinary states do what is missing.
 *
 * States pass on only keys and counts. `$.run` describes the run (RunRef), and everything else is read from its work area. The
 * local run interprets the same machine, and so does Fold.
 */
import type { JsonValue } from '../json.ts';
import { BUILD_PLACEHOLDER } from './build.ts';
import {
  type AnyLoop,
  beginOf,
  HANDED_OVER,
  handedOverState,
  handOverChoices,
  handOverStates,
  handsOver,
  loopsThatHandOver,
  ROUNDS,
} from './hand-over.ts';
import { type AnyJob, type AnyWork, modelsNodeOf } from './job.ts';
import { CALL_RETRY, FOLD_RETRY, LIST_RETRY } from './retries.ts';
import type { State, StateMachine } from './state-types.ts';

export { isStates, type State, type StateMachine, type States } from './state-types.ts';

/** A Lambda function of a job. */
export interface HandlerSpec {
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/** Step Functions waits this much longer than the function's own limit, so that the function's own error arrives. */
export const GRACE_SECONDS = 30;

const SMALL = { memoryMb: 1024, timeoutSeconds: 300 };

/** The function that judges the output. It reads the output's ids, and counts its lines. */
const VERDICT: HandlerSpec = { name: 'verdict', memoryMb: 1769, timeoutSeconds: 900 };

/**
 * The function that folds a run. Its process uses one core, and 1,769 MB have a whole one. Its time is the longest that Lambda
 * allows.
 */
export const FOLD: HandlerSpec = { name: 'fold', memoryMb: 2048, timeoutSeconds: 900 };

/** Returns the functions of a job, in the order in which the machine first calls them. */
export function handlersOfMachine(job: AnyJob): HandlerSpec[] {
  return [
    { name: 'configure', ...(job.configure ?? SMALL) },
    FOLD,
    { name: 'plan', ...SMALL },
    ...job.steps.flatMap((step): HandlerSpec[] => {
      const map = step.kind === 'loop' ? step.body : step;
      return step.kind === 'loop' ? [specOf(step), specOf(map)] : [specOf(map)];
    }),
    ...(job.judge ? [VERDICT] : []),
    { name: 'publish', memoryMb: 1024, timeoutSeconds: 900 },
    ...(job.afterPublish ? [specOf(job.afterPublish)] : []),
    ...(job.activates ? [{ name: 'activate', ...SMALL }] : []),
  ];
}

const specOf = ({ name, memoryMb, timeoutSeconds }: HandlerSpec): HandlerSpec => ({ name, memoryMb, timeoutSeconds });

/**
 * Makes `{}` the output of a Task that ends an item of a Distributed Map. The outputs of all items together may have at most
 * 262,144 bytes; more than that ends the execution, and no Catch sees it (`States.DataLimitExceeded`).
 */
export const NO_OUTPUT = { ResultSelector: {} };

const CATCH = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }];

/**
 * Compiles a job. `${name}` stands for the ARN of the function `name`. Every Map has `maxConcurrency`.
 *
 * @param build the build of the functions that the machine calls. Default: a placeholder for a machine that is deployed
 */
export function compileStateMachine(job: AnyJob, maxConcurrency: number, build = BUILD_PLACEHOLDER): StateMachine {
  const specs = new Map(handlersOfMachine(job).map((spec) => [spec.name, spec]));
  const states: Record<string, State> = {};

  const call = (handler: string, payload: Record<string, JsonValue>): State => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: `\${${handler}}`, Payload: payload },
    TimeoutSeconds: specs.get(handler)!.timeoutSeconds + GRACE_SECONDS,
    Retry: CALL_RETRY,
  });
  const task = (handler: string, payload: Record<string, JsonValue>, then: State): State => ({
    ...call(handler, payload),
    Catch: CATCH,
    ...then,
  });
  /** Returns a Map with one invocation for each entry of the shard list at `$.<list>`. The results are discarded. */
  const map = (step: AnyWork, list: string, extra: Record<string, JsonValue>, next: string): State => ({
    Type: 'Map',
    MaxConcurrency: maxConcurrency,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { 'Bucket.$': `$.${list}.bucket`, 'Key.$': `$.${list}.key` },
    },
    ItemSelector: { 'run.$': '$.run.ref', 'shard.$': '$$.Map.Item.Value', ...extra },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: `${step.name} shard`,
      States: {
        [`${step.name} shard`]: {
          ...call(step.name, { 'run.$': '$.run', 'shard.$': '$.shard', ...pathsOf(extra) }),
          ...NO_OUTPUT,
          End: true,
        },
      },
    },
    ResultPath: null,
    Retry: LIST_RETRY,
    Catch: CATCH,
    Next: next,
  });
  const run = { 'run.$': '$.run.ref' };
  const after = job.afterPublish;
  const keep = (at: string) => ({ ResultSelector: { 'ref.$': '$.Payload' }, ResultPath: `$.${at}` });

  const mapStates = (step: AnyWork, next: string): void => {
    states[`Plan ${step.name}`] = task('plan', { ...run, step: step.name }, { ...keep('plan'), Next: step.name });
    states[step.name] = map(step, 'plan.ref', {}, next);
  };
  const loopStates = (step: AnyLoop, next: string): void => {
    const done = `${step.name} done?`;
    const isDone = { Variable: '$.loop.ref.done', BooleanEquals: true };
    const isLong = handsOver(job, step);
    if (isLong) Object.assign(states, handOverStates(step, done, CATCH));
    states[step.name] = task(step.name, isLong ? { ...run, ...ROUNDS } : run, { ...keep('loop'), Next: done });
    states[done] = {
      Type: 'Choice',
      Choices: isLong ? handOverChoices(job, step, isDone, next) : [{ ...isDone, Next: next }],
      Default: step.body.name,
    };
    states[step.body.name] = map(step.body, 'loop.ref', { 'iteration.$': '$.loop.ref.iteration' }, step.name);
  };

  const afterSteps = job.judge ? 'Verdict' : 'Publish';
  const first = (step: AnyJob['steps'][number] | undefined): string => {
    if (step === undefined) return afterSteps;
    if (step.kind === 'map') return `Plan ${step.name}`;
    return handsOver(job, step) ? beginOf(step) : step.name;
  };
  // A time of the request in the input is used; otherwise it is the start of the execution.
  const asked = { 'input.$': '$', 'requestedAt.$': '$$.Execution.StartTime', build };
  const longLoops = loopsThatHandOver(job);
  if (longLoops.length > 0) states[HANDED_OVER] = handedOverState(longLoops, 'Configure');
  states.Configure = task('configure', asked, { ...keep('run'), Next: 'Configured?' });
  const follows = after?.name ?? (job.activates && 'Activate');
  const isPublished = { Variable: '$.run.ref.published', BooleanEquals: true };
  // An output in place is not published again. A job with a verdict passes Publish, which then has nothing to do.
  const followed = follows && !job.judge ? [{ Variable: '$.run.ref.inPlace', BooleanEquals: true, Next: follows }] : [];
  const completed = modelsNodeOf(job) ? [{ ...isPublished, Next: afterSteps }] : [];
  states['Configured?'] = {
    Type: 'Choice',
    Choices: [
      { Variable: '$.run.ref.done', BooleanEquals: true, Next: 'Nothing to do' },
      // The work area of a published run may be gone. Publishing and the states after it then need only the output.
      ...followed,
      ...completed,
      { Variable: '$.run.ref.folds', BooleanEquals: true, Next: 'Fold' },
    ],
    Default: first(job.steps[0]),
  };
  for (const [index, step] of job.steps.entries()) {
    const next = first(job.steps[index + 1]);
    if (step.kind === 'loop') loopStates(step, next);
    else mapStates(step, next);
  }
  const toActivation: Partial<State> = job.activates ? { Next: 'Activate' } : { End: true };
  const afterPublish: Partial<State> = after ? { Next: after.name } : toActivation;
  // Fold returns the errors of the run. All other errors are those of its process, such as a time-out, and the run goes on.
  states.Fold = {
    ...call(FOLD.name, run),
    ...keep('fold'),
    Retry: FOLD_RETRY,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: first(job.steps[0]) }],
    Next: 'Folded?',
  };
  states['Folded?'] = {
    Type: 'Choice',
    Choices: [
      { Variable: '$.fold.ref.outcome', StringEquals: 'done', Next: follows ?? 'Folded' },
      { Variable: '$.fold.ref.outcome', StringEquals: 'failed', Next: 'Fold failed' },
    ],
    Default: first(job.steps[0]),
  };
  if (follows === undefined) states.Folded = { Type: 'Succeed' };
  states['Fold failed'] = { Type: 'Fail', ErrorPath: '$.fold.ref.error.name', CausePath: '$.fold.ref.error.cause' };
  if (job.judge) states.Verdict = task('verdict', run, { ...keep('verdict'), Next: 'Publish' });
  states.Publish = task('publish', run, { ...keep('published'), ...afterPublish });
  // The task reads its settings again from the input, as Configure does.
  if (after)
    states[after.name] = task(after.name, { ...run, 'input.$': '$' }, { ...keep('followed'), ...toActivation });
  if (job.activates) states.Activate = task('activate', run, { ...keep('activated'), End: true });
  states['Nothing to do'] = { Type: 'Succeed' };
  states.Failed = { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' };
  const StartAt = longLoops.length > 0 ? HANDED_OVER : 'Configure';
  return { Comment: job.summary, StartAt, States: states };
}

/**
 * Returns the fields with which an item of a Map passes them on to its Task: `{'iteration.$': …}` becomes `{'iteration.$':
 * '$.iteration'}`.
 */
const pathsOf = (fields: Record<string, JsonValue>): Record<string, JsonValue> =>
  Object.fromEntries(Object.keys(fields).map((key) => [key, `$.${key.replace(/\.\$$/, '')}`]));
