/** The log lines of a Lambda handler, and its line of metrics for each invocation. */
import { performance } from 'node:perf_hooks';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { JsonValue } from '../json.ts';
import { METRICS_NAMESPACE } from './alarm-metrics.ts';
import type { Log } from './job.ts';

/** The logger and the metrics of a function. `ENVIRONMENT` is a dimension of every metric. */
export interface Surroundings {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** @param service the name of the job or of the service to which the function belongs */
export const surroundingsOf = (service: string): Surroundings => ({
  logger: new Logger({ serviceName: service }),
  metrics: new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: service,
    defaultDimensions: { environment: process.env.ENVIRONMENT ?? 'none' },
  }),
});

/** A handler's answer, and the time and memory that it took. */
export interface Observed<Answer> {
  readonly answer: Answer;
  readonly durationMs: number;
  readonly memoryMb: number;
}

/**
 * Runs a handler with a log. At its end it logs how long the handler took, and the most memory that the process has had.
 *
 * @param handler the handler's name, a dimension of the metrics
 * @param place the fields that every line of the log has, such as job and client
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
    // The process's high-water mark, in KiB. The process runs only this function, one invocation after another.
    const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    log('info', outcome, { durationMs, memoryMb });
    // Planning a step and running its shards are different handlers, so they have different values of this dimension.
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
    throw error; // The runtime logs it. Its message names the place.
  }
  return { answer, ...say('done') };
}
