/**
 * A job's handlers as Lambda functions: the same handlers as in the local run, with the function's surroundings from its
 * environment. CONFIG_ROOT names where configuration comes from (`zookeeper:<hosts>` or an `s3://` prefix).
 */
import { openConfigRoot } from '../config/open-config-root.ts';
import type { JsonValue } from '../json.ts';
import { openStore } from '../store/open-store.ts';
import { type HandlerEvent, handlersOf } from './handlers.ts';
import type { AnyJob, Log } from './job.ts';

/** One JSON object a line, as Lambda's JSON log format has it. */
const log: Log = (level, message, fields) => {
  process.stdout.write(`${JSON.stringify({ level: level.toUpperCase(), message, ...fields })}\n`);
};

/** Handler name → Lambda handler. */
export function lambdaHandlers(job: AnyJob): Readonly<Record<string, (event: HandlerEvent) => Promise<JsonValue>>> {
  const environment = { openStore, openConfigRoot, log };
  return Object.fromEntries(
    Object.entries(handlersOf(job)).map(([name, handler]) => [
      name,
      (event: HandlerEvent) => handler(withConfigRoot(event), environment),
    ]),
  );
}

/** An execution that names no configuration root takes the deployment's. */
function withConfigRoot(event: HandlerEvent): HandlerEvent {
  const configRoot = process.env.CONFIG_ROOT;
  if (event.input === undefined || configRoot === undefined) return event;
  return { ...event, input: { configRoot, ...event.input } };
}
