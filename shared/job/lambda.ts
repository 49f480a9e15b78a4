/**
 * The handlers of a job as Lambda functions. They are the same handlers as in the local run. The places of the deployment come
 * from environment variables, unless the input of the execution has others:
 *
 *   CONFIG_ROOT   the source of the configuration: `zookeeper:<hosts>` or an `s3://` prefix
 *   OUTPUT_ROOT   `outputPath`, and also `inputPath`, because jobs read the outputs of others
 *   LOG_PATTERN   `inputPathPattern` of a job that reads raw logs
 *   SETTINGS      settings of a job that has no node, as JSON
 *   ENVIRONMENT   a dimension of every metric: `dev`, `prod`
 *   BUILD         the build of the code, which the bundle's first statement sets
 *
 * These places have precedence over a client's node, because a function may not read or write anything outside of them.
 */
import { randomUUID } from 'node:crypto';
import { Meter } from '../cost/meter.ts';
import { accountFromMarks, accountName, type InvocationUsage, isAccounted, markKey } from '../cost/usage.ts';
import { defined } from '../defined.ts';
import type { JsonValue } from '../json.ts';
import { openStore } from '../store/open-store.ts';
import { readBuild } from './build.ts';
import { type HandlerEvent, handlersOf, inPlace, placeOf } from './handlers.ts';
import type { AnyJob } from './job.ts';
import { observed, surroundingsOf } from './observed.ts';
import { type RunRef, workAreaOf } from './run.ts';

/** The part of Lambda's description of an invocation that handlers use. */
export interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
}

export type LambdaHandler = (event: HandlerEvent, context: LambdaContext) => Promise<JsonValue>;

/** Returns the Lambda handlers by name. */
export function lambdaHandlers(job: AnyJob): Readonly<Record<string, LambdaHandler>> {
  const surroundings = surroundingsOf(job.name);
  return Object.fromEntries(
    Object.entries(handlersOf(job)).map(([name, handler]) => [
      name,
      async (event: HandlerEvent, context: LambdaContext) => {
        const meter = new Meter();
        const place = placeOf(job, event.step ?? name, event);
        const { answer, durationMs, memoryMb } = await observed(surroundings, name, place, (log) =>
          handler(withPlaces(job, event), {
            ...meter.environment(log, readBuild()),
            remainingMs: () => context.getRemainingTimeInMillis(),
            mayFold: true,
          }),
        );
        const run = event.run ?? (answer as RunRef);
        if (isAccounted(job, name) && !run.done) {
          await inPlace(place, () => keepAccount(job, name, event, run, meter.used(durationMs, memoryMb)));
        }
        return answer;
      },
    ]),
  );
}

/** Writes the resources that an invocation used as a mark in the run's folder. The invocation that publishes adds all marks. */
async function keepAccount(
  job: AnyJob,
  name: string,
  { step }: HandlerEvent,
  ref: RunRef,
  used: InvocationUsage,
): Promise<void> {
  const { store, prefix } = workAreaOf(ref, await openStore(ref.output));
  const closes = name === 'publish';
  // The requests for the account count too: one for this mark, and at the end those for the list of marks, the plan and
  // `usage.json`.
  const whole = closes
    ? { ...used, puts: used.puts + 2, lists: used.lists + 1, gets: used.gets + 1 }
    : { ...used, puts: used.puts + 1 };
  await store.put(prefix + markKey(accountName(name, step), randomUUID(), whole), '');
  if (!closes) return;
  await (await accountFromMarks(job, store, prefix)).close(ref, openStore, null);
}

function withPlaces(job: AnyJob, event: HandlerEvent): HandlerEvent {
  if (event.input === undefined) return event;
  const { CONFIG_ROOT, OUTPUT_ROOT, LOG_PATTERN, SETTINGS = '{}' } = process.env;
  const places = { inputPath: OUTPUT_ROOT, outputPath: OUTPUT_ROOT, inputPathPattern: LOG_PATTERN };
  const known = Object.entries(places).filter(
    (place): place is [string, string] => place[1] !== undefined && place[0] in job.settings.shape,
  );
  return {
    ...event,
    input: defined({
      configRoot: CONFIG_ROOT,
      ...event.input,
      settings: { ...JSON.parse(SETTINGS), ...Object.fromEntries(known), ...event.input.settings },
    }),
  };
}
