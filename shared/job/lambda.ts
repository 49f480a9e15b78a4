/**
 * A job's handlers as Lambda functions: the same handlers as in the local run, with the function's surroundings from its
 * environment. An execution that does not say otherwise takes the deployment's places:
 *
 *   CONFIG_ROOT   where configuration comes from: `zookeeper:<hosts>` or an `s3://` prefix
 *   OUTPUT_ROOT   `outputPath`, and `inputPath`, since jobs read what others wrote
 *   LOG_PATTERN   `inputPathPattern`, of a job that reads raw logs
 *   ENVIRONMENT   a dimension of every metric: `dev`, `prod`
 *
 * The places win over a client's node: a function may read and write nothing outside of them.
 */
import { randomUUID } from 'node:crypto';
import { Meter } from '../cost/meter.ts';
import { accountFromMarks, accountName, type InvocationUsage, isAccounted, markKey } from '../cost/usage.ts';
import type { JsonValue } from '../json.ts';
import { openStore } from '../store/open-store.ts';
import { type HandlerEvent, handlersOf, inPlace, placeOf } from './handlers.ts';
import type { AnyJob } from './job.ts';
import { observed, surroundingsOf } from './observed.ts';
import { type RunRef, workAreaOf } from './run.ts';

export type LambdaHandler = (event: HandlerEvent) => Promise<JsonValue>;

/** Handler name → Lambda handler. */
export function lambdaHandlers(job: AnyJob): Readonly<Record<string, LambdaHandler>> {
  const surroundings = surroundingsOf(job.name);
  return Object.fromEntries(
    Object.entries(handlersOf(job)).map(([name, handler]) => [
      name,
      async (event: HandlerEvent) => {
        const meter = new Meter();
        const place = placeOf(job, event.step ?? name, event);
        const { answer, durationMs, memoryMb } = await observed(surroundings, name, place, (log) =>
          handler(withPlaces(job, event), meter.environment(log)),
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

/** Leaves what an invocation used in the run's folder; the publishing one adds all up. */
async function keepAccount(
  job: AnyJob,
  name: string,
  { step }: HandlerEvent,
  ref: RunRef,
  used: InvocationUsage,
): Promise<void> {
  const { store, prefix } = workAreaOf(ref, await openStore(ref.output));
  const closes = name === 'publish';
  // With the requests of the account itself: this mark; at the end the marks' list, the plan, and `usage.json`.
  const whole = closes
    ? { ...used, puts: used.puts + 2, lists: used.lists + 1, gets: used.gets + 1 }
    : { ...used, puts: used.puts + 1 };
  await store.put(prefix + markKey(accountName(name, step), randomUUID(), whole), '');
  if (!closes) return;
  await (await accountFromMarks(job, store, prefix)).close(ref, openStore, null);
}

function withPlaces(job: AnyJob, event: HandlerEvent): HandlerEvent {
  if (event.input === undefined) return event;
  const { CONFIG_ROOT, OUTPUT_ROOT, LOG_PATTERN } = process.env;
  const places = { inputPath: OUTPUT_ROOT, outputPath: OUTPUT_ROOT, inputPathPattern: LOG_PATTERN };
  const known = Object.entries(places).filter(
    (place): place is [string, string] => place[1] !== undefined && place[0] in job.settings.shape,
  );
  return {
    ...event,
    input: {
      ...(CONFIG_ROOT !== undefined && { configRoot: CONFIG_ROOT }),
      ...event.input,
      settings: { ...Object.fromEntries(known), ...event.input.settings },
    },
  };
}
