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
import { openConfigRoot } from '../config/open-config-root.ts';
import type { JsonValue } from '../json.ts';
import { openStore } from '../store/open-store.ts';
import { type HandlerEvent, handlersOf, placeOf } from './handlers.ts';
import type { AnyJob } from './job.ts';
import { observed, surroundingsOf } from './observed.ts';

export type LambdaHandler = (event: HandlerEvent) => Promise<JsonValue>;

/** Handler name → Lambda handler. */
export function lambdaHandlers(job: AnyJob): Readonly<Record<string, LambdaHandler>> {
  const surroundings = surroundingsOf(job.name);
  return Object.fromEntries(
    Object.entries(handlersOf(job)).map(([name, handler]) => [
      name,
      (event: HandlerEvent) =>
        observed(surroundings, name, placeOf(job, event.step ?? name, event), (log) =>
          handler(withPlaces(job, event), { openStore, openConfigRoot, log }),
        ),
    ]),
  );
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
