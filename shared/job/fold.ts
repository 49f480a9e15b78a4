/**
 * A folded run: one process interprets the states of the job's machine, from the first step to Publish, one invocation after
 * another. A small run needs no fan-out, and each state that Step Functions enters costs more than the work of such a state.
 *
 * The states are those of `compileStateMachine`, and the handlers and the work area are those of all other runs. The process
 * may therefore stop after any invocation, or be killed, and the machine's other states do what is missing. It holds the objects
 * of a small run in memory, and writes them when it hands over; those of a killed process are computed again. It reaches S3 only:
 * it has no configuration, no secret and no database, and it neither uploads nor activates.
 */
import { FoldedUsage } from '../cost/folded-usage.ts';
import { accountName } from '../cost/usage.ts';
import { PipelineError } from '../errors.ts';
import { HeldObjects } from '../store/held-objects.ts';
import type { Store } from '../store/store.ts';
import type { HandlerEnvironment } from './configure.ts';
import { endAfter, type FoldAnswer, type FoldEnd, OutOfTime } from './fold-answer.ts';
import { noteBegin } from './fold-notes.ts';
import type { Handler, HandlerEvent } from './handler.ts';
import { healing } from './heal.ts';
import { weightOfAll } from './inputs.ts';
import { execute } from './interpreter.ts';
import type { AnyJob } from './job.ts';
import { type OpenStore, openRun, type RunRef, runPrefix } from './run.ts';
import { readListFrom } from './shard-lists.ts';
import { compileStateMachine, FOLD, type State, type States } from './state-machine.ts';
import { thrownError } from './step-answers.ts';

/**
 * The time that must be left before an invocation, so that the process can end by itself. It is longer than the usual time of a
 * shard, 30 to 60 s.
 */
const RESERVE_MS = 90_000;

/**
 * A run that began with less time than this, and that runs out of time, was not too large: the jobs that the process folded
 * before it had taken the time. A run alone in its process begins with nearly all of it.
 */
const FAIR_MS = (FOLD.timeoutSeconds * 1000) / 2;

/**
 * The most bytes of the work area that the process holds. A million actions need up to 100 MiB (`test/benchmark/results.md`,
 * *Growth*). A larger run writes its objects at once.
 */
const HELD_BYTES = 128 * 2 ** 20;

/** Runs a run's states from the first step to Publish. The run has been configured. */
export async function fold(
  job: AnyJob,
  handlers: Readonly<Record<string, Handler>>,
  ref: RunRef,
  environment: HandlerEnvironment,
): Promise<FoldAnswer> {
  const usage = new FoldedUsage(job, environment);
  const { openStore } = usage.own;
  const { inputs } = await openRun(ref, openStore, 0, environment.log);
  const output = await openStore(ref.output);
  const note = await noteBegin(output, ref, weightOfAll(inputs), Date.now());
  const held = new HeldObjects({ prefix: runPrefix(ref.job, ref.client, ref.id), limitBytes: HELD_BYTES }, output.root);
  const { answer, gaveUp } = await attempt(job, handlers, ref, environment, { usage, held, output });
  const { log } = environment;
  if (answer.outcome === 'handOver') log('warn', `the folded run hands over: ${answer.why}`);
  // The run has its answer, which none of the following writes may take away from it.
  if (answer.outcome !== 'done') {
    await orWarn(log, 'the finished steps of the folded run were not kept, and are computed again', () =>
      held.flush(output),
    );
  }
  await orWarn(log, 'the note of the folded run stays, so runs of its size are fanned out until it expires', () =>
    note({ gaveUp }),
  );
  await orWarn(log, 'the usage of the folded run was not kept', () => usage.close(ref, answer.outcome === 'done'));
  return answer;
}

/** Writes what a run can do without. If that fails, a warning tells the consequence. */
async function orWarn(log: HandlerEnvironment['log'], consequence: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { name, message } = thrownError(error);
    log('warn', `${consequence}: ${name}: ${message}`);
  }
}

async function attempt(
  job: AnyJob,
  handlers: Readonly<Record<string, Handler>>,
  ref: RunRef,
  environment: HandlerEnvironment,
  { usage, held, output }: { readonly usage: FoldedUsage; readonly held: HeldObjects; readonly output: Store },
): Promise<FoldEnd> {
  const holding =
    (openStore: OpenStore): OpenStore =>
    async (location) => {
      const store = await openStore(location);
      return location === ref.output ? held.over(store) : store;
    };
  const { log, remainingMs = () => Number.POSITIVE_INFINITY } = environment;
  const machine = foldedStates(job);
  let atBegin: number | undefined;
  const run = () =>
    execute(
      machine,
      // The choice after Configure leads past Fold.
      { run: { ref: { ...ref, folds: false } } },
      {
        concurrency: 1,
        startTime: ref.requestedAt,
        readList: readListFrom(held.over(output)),
        invoke: async (handler, payload) => {
          const left = remainingMs();
          atBegin ??= left;
          if (left < RESERVE_MS) {
            throw new OutOfTime(
              `${Math.round(left / 1000)} s are left before ${handler}, and ${RESERVE_MS / 1000} s are needed`,
              atBegin >= FAIR_MS,
            );
          }
          const event = payload as HandlerEvent;
          return usage.measure(accountName(handler, event.step), environment, (metered) =>
            handlers[handler]!(event, {
              ...metered,
              openStore: holding(metered.openStore),
              openConfigRoot: noConfiguration,
            }),
          );
        },
        onState: (name, items) => log('info', items === undefined ? name : `${name}, ${items} shards`),
        onRetry: (handler, error, retry, of, seconds) =>
          log(
            'info',
            `${handler} is tried again within ${seconds} s, retry ${retry} of ${of}: ${error.name}: ${error.message}`,
          ),
      },
    );
  try {
    const end = await healing(run, (why) => log('warn', `${why} The folded run starts again.`));
    const verdict = (end.verdict as { ref?: { verdict?: string | null } } | undefined)?.ref?.verdict ?? null;
    return { answer: { outcome: 'done', verdict }, gaveUp: false };
  } catch (error) {
    return endAfter(thrownError(error));
  }
}

/** Returns the states of a job's machine from the choice after Configure to Publish. The states after them are ends. */
function foldedStates(job: AnyJob): States {
  const { States } = compileStateMachine(job, 0);
  const end: State = { Type: 'Succeed' };
  const beyond = [job.afterPublish?.name, 'Activate'].filter((name) => name !== undefined && name in States);
  return {
    StartAt: 'Configured?',
    States: { ...States, ...Object.fromEntries(beyond.map((name) => [name, end])) },
  };
}

async function noConfiguration(): Promise<never> {
  throw new PipelineError('a folded run reads no configuration: only Configure, the upload and Activate may read it');
}
