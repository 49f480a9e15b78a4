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
import { performance } from 'node:perf_hooks';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { openConfigRoot } from '../config/open-config-root.ts';
import type { JsonValue } from '../json.ts';
import { openStore } from '../store/open-store.ts';
import { type Handler, type HandlerEvent, handlersOf } from './handlers.ts';
import type { AnyJob, Log } from './job.ts';

export type LambdaHandler = (event: HandlerEvent) => Promise<JsonValue>;

/** The CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = 'OfflineModels';

/** Handler name → Lambda handler. */
export function lambdaHandlers(job: AnyJob): Readonly<Record<string, LambdaHandler>> {
  const surroundings = surroundingsOf(job.name);
  return Object.fromEntries(
    Object.entries(handlersOf(job)).map(([name, handler]) => [
      name,
      (event: HandlerEvent) => observed(surroundings, name, withPlaces(job, event), handler),
    ]),
  );
}

interface Surroundings {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

function surroundingsOf(job: string): Surroundings {
  return {
    logger: new Logger({ serviceName: job }),
    metrics: new Metrics({
      namespace: METRICS_NAMESPACE,
      serviceName: job,
      defaultDimensions: { environment: process.env.ENVIRONMENT ?? 'none' },
    }),
  };
}

/** Runs a handler with a logger, and says at its end how long it took and how much memory the process has had. */
async function observed(
  { logger, metrics }: Surroundings,
  name: string,
  event: HandlerEvent,
  handler: Handler,
): Promise<JsonValue> {
  const log: Log = (level, message, fields) => logger[level](message, { ...fields });
  const start = performance.now();
  let outcome = 'done';
  try {
    return await handler(event, { openStore, openConfigRoot, log });
  } catch (error) {
    outcome = 'failed';
    throw error; // The runtime logs it; its message names the place.
  } finally {
    const durationMs = Math.round(performance.now() - start);
    // The process's high-water mark in KiB: it runs one invocation after another of this function alone.
    const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    logger.info(outcome, { ...placeOf(event), step: event.step ?? name, durationMs, memoryMb });
    // Planning a step is not that step: it has a line of its own.
    metrics.addDimension('step', name);
    metrics.addMetric('Duration', MetricUnit.Milliseconds, durationMs);
    metrics.addMetric('MemoryHighWater', MetricUnit.Megabytes, memoryMb);
    metrics.publishStoredMetrics();
  }
}

function placeOf({ run, input, shard, iteration }: HandlerEvent): Record<string, JsonValue> {
  const client = run?.client ?? input?.client;
  return {
    ...(client && { client }),
    ...(run && { job: run.job, day: run.day, run: run.id }),
    ...(shard && { shard: shard.index }),
    ...(iteration !== undefined && { iteration }),
  };
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
