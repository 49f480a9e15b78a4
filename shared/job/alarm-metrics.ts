/**
 * The metrics that alarms stand on. Functions emit them, so that an alarm sees a job whatever it ran in: a state machine of its
 * own, or a function that ran many jobs. They are few, and are emitted also where an environment has switched off the metrics of
 * its steps.
 *
 * A metric is a line on the standard output in CloudWatch's embedded metric format. CloudWatch makes a metric of it without a
 * request.
 */
import { defined } from '../defined.ts';

/** The CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = 'OfflineModels';

export const ALARM_METRICS = {
  /** Clients whose day ended well, for each day that was summed up. */
  clientDaysDone: { name: 'ClientDaysDone', unit: 'Count' },
  /** Failed runs in a day that was summed up, for each job that has any. */
  jobsFailed: { name: 'JobsFailed', unit: 'Count' },
  /** Models of a day that were kept from going live; only when there are any. */
  modelsKept: { name: 'ModelsKept', unit: 'Count' },
  /** Models of a day that have stayed blocked or held for the environment's `staleDays`; only when there are any. */
  modelsStale: { name: 'ModelsStale', unit: 'Count' },
  /** The age of the oldest run that is not over, in minutes; 0 when nothing runs. */
  oldestRun: { name: 'OldestRunMinutes', unit: 'None' },
} as const;

export type AlarmMetric = keyof typeof ALARM_METRICS;

/** Emits the value of a metric. @param job for the metrics that each job has */
export type Measure = (metric: AlarmMetric, value: number, job?: string) => void;

/** The dimensions of an alarm metric. */
export const alarmDimensions = (environment: string, job?: string): Record<string, string> =>
  defined({ environment, job });

/** @param write takes a line of the standard output */
export const measureTo =
  (environment: string, write: (line: string) => void, now: () => Date): Measure =>
  (metric, value, job) => {
    const { name, unit } = ALARM_METRICS[metric];
    const dimensions = alarmDimensions(environment, job);
    const directive = {
      Namespace: METRICS_NAMESPACE,
      Dimensions: [Object.keys(dimensions)],
      Metrics: [{ Name: name, Unit: unit }],
    };
    const line = {
      _aws: { Timestamp: now().getTime(), CloudWatchMetrics: [directive] },
      ...dimensions,
      [name]: value,
    };
    write(`${JSON.stringify(line)}\n`);
  };
