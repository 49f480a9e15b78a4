/** What every Lambda handler says of itself: log lines, and one line of metrics an invocation. */
import { performance } from 'node:perf_hooks';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { JsonValue } from '../json.ts';
import type { Log } from './job.ts';

/** The CloudWatch namespace of every metric. */
const METRICS_NAMESPACE = 'OfflineModels';

/** Made once a function: `ENVIRONMENT` is a dimension of every metric. */
export interface Surroundings {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** @param service the job, or what else the functions belong to */
export const surroundingsOf = (service: string): Surroundings => ({
  logger: new Logger({ serviceName: service }),
  metrics: new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: service,
    defaultDimensions: { environment: process.env.ENVIRONMENT ?? 'none' },
  }),
});

/** A handler's answer, and what it took. */
export interface Observed<Answer> {
  readonly answer: Answer;
  readonly durationMs: number;
  readonly memoryMb: number;
}

/**
 * Runs a handler with a log, and says at its end how long it took and how much memory the process has had.
 * @param handler its name: a dimension of the metrics @param place who and where, on every line
 */
export async function observed<Answer>(
  { logger, metrics }: Surroundings,
  handler: string,
  place: Readonly<Record<string, JsonValue>>,
  body: (log: Log) => Promise<Answer>,
): Promise<Observed<Answer>> {
  const log: Log = (level, message, fields) => logger[level](message, { ...place, ...fields });
  const start = performance.now();
  const say = (outcome: 'done' | 'failed'): Omit<Observed<Answer>, 'answer'> => {
    const durationMs = Math.round(performance.now() - start);
    // The process's high-water mark in KiB: it runs one invocation after another of this function alone.
    const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    log('info', outcome, { durationMs, memoryMb });
    // Planning a step is not that step: it has a line of its own.
    metrics.addDimension('step', handler);
    metrics.addMetric('Duration', MetricUnit.Milliseconds, durationMs);
    metrics.addMetric('MemoryHighWater', MetricUnit.Megabytes, memoryMb);
    metrics.publishStoredMetrics();
    return { durationMs, memoryMb };
  };
  let answer: Answer;
  try {
    answer = await body(log);
  } catch (error) {
    say('failed');
    throw error; // The runtime logs it; its message names the place.
  }
  return { answer, ...say('done') };
}
