/**
 * The alarms, the topic that they go to, and a dashboard. The alarms on days and jobs stand on metrics that functions emit
 * (`shared/job/alarm-metrics.ts`), because a job may run inside a function, where no machine of its own ends.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { defined } from '../../shared/defined.ts';
import { ALARM_METRICS, type AlarmMetric, alarmDimensions, METRICS_NAMESPACE } from '../../shared/job/alarm-metrics.ts';
import type { Environment } from '../environment.ts';
import { machineName } from '../names.ts';

/** A component as the alarms watch it. */
export interface Watched {
  readonly name: string;
  readonly machineArn: string;
  readonly functions: readonly IFunction[];
  /** The nested stack that its alarms belong to; undefined when they belong to the stack itself. */
  readonly home: Construct | undefined;
  /** True for a job, whose failures in a day are counted by the day's summary too. */
  readonly isJob: boolean;
  /** True for a job without which a client's day is done all the same. */
  readonly isAside: boolean;
}

export interface WatchProps {
  readonly environment: Environment;
  readonly watched: readonly Watched[];
  /** The queues with the events of new objects. */
  readonly arriving: readonly IQueue[];
  readonly deadLetters: IQueue;
}

const MINUTES_5 = Duration.minutes(5);
const HOUR = Duration.hours(1);
/** The most metrics that an alarm's expression may have. */
const METRICS_OF_AN_ALARM = 10;
/** The events of new objects are handled within a minute or two. A message that failed once is seen again after 13 minutes. */
const DELAYED_SECONDS = 15 * 60;

export class Watch extends Construct {
  readonly topic: Topic;
  readonly #environment: Environment;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { environment, watched } = props;
    this.#environment = environment;
    this.topic = this.#topic();
    this.#days();
    for (const one of watched) this.#component(one);
    this.#arrival(props);
    this.#dashboard(watched, props.deadLetters);
  }

  /** The alarms on the metrics of the day's summary and of the hourly sweep. */
  #days(): void {
    const { name, alarmRunMinutes, staleDays } = this.#environment;
    this.#alarm('no-run', {
      description: `No client's day has ended well for 24 hours. Look whether logs and markers have arrived, then at the failed runs: offline status --env ${name}`,
      metric: this.#emitted('clientDaysDone', Duration.days(1)),
      threshold: 1,
      below: true,
    });
    this.#alarm('slow-run', {
      description: `A run has been going on for more than ${alarmRunMinutes} minutes. The log of the function arrival-sweep names it. Wait if its input has grown; else stop it in Step Functions and start its day again: offline start --env ${name}`,
      metric: this.#emitted('oldestRun', HOUR, Stats.MAXIMUM),
      threshold: alarmRunMinutes,
    });
    this.#alarm('models-kept', {
      description: `Models were kept from going live, and the old ones stay live: offline status --env ${name} says which and why. Nothing is urgent: look at the verdict or the hold`,
      metric: this.#emitted('modelsKept', MINUTES_5),
      threshold: 1,
    });
    this.#alarm('models-stale', {
      description: `Models have stayed blocked or held for ${staleDays} days, so old ones are served. The log of the function daily-summary names them. Remove the cause of the block, or release them: offline release JOB --client CLIENT --env ${name}`,
      metric: this.#emitted('modelsStale', MINUTES_5),
      threshold: 1,
    });
  }

  /** The alarms of a component: runs that failed, and functions that were throttled. */
  #component(one: Watched): void {
    const { name } = this.#environment;
    const failures = ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'];
    const next = one.isAside
      ? `The models were made without it, and no day failed. Remove the cause, then offline start --env ${name} --job ${one.name} --client CLIENT --start-day DAY`
      : `The hourly sweep starts again what may pass; for the rest remove the cause, then offline start --env ${name}`;
    this.#alarm(
      `${one.name}-failed`,
      {
        description: `A run of ${one.name} failed: offline status --env ${name} names client, step and cause. ${next}`,
        metric: sum(
          [
            ...failures.map((metric) => ofMachine(one, metric, MINUTES_5)),
            ...(one.isJob ? [this.#emitted('jobsFailed', MINUTES_5, Stats.SUM, one.name)] : []),
          ],
          MINUTES_5,
        ),
        threshold: 1,
      },
      one.home,
    );
    for (let at = 0; at < one.functions.length; at += METRICS_OF_AN_ALARM) {
      const functions = one.functions.slice(at, at + METRICS_OF_AN_ALARM);
      this.#alarm(
        `${one.name}-throttled${at === 0 ? '' : `-${1 + at / METRICS_OF_AN_ALARM}`}`,
        {
          description: `Functions of ${one.name} were throttled for 15 minutes: lower maxConcurrency, or ask AWS for more`,
          metric: sum(
            functions.map((each) => each.metricThrottles({ period: MINUTES_5 })),
            MINUTES_5,
          ),
          threshold: 1,
          periods: 3,
        },
        one.home,
      );
    }
  }

  #arrival({ arriving, deadLetters }: WatchProps): void {
    const ages = arriving.map((queue) =>
      queue.metricApproximateAgeOfOldestMessage({ period: MINUTES_5, statistic: Stats.MAXIMUM }),
    );
    this.#alarm('arrival-delayed', {
      description: `Events of new logs have waited for ${DELAYED_SECONDS / 60} minutes, so days start late. The log of the function arrival-arrive says why. The hourly sweep starts the last days all the same`,
      metric: combined(ages, (names) => `MAX([${names.map((name) => `FILL(${name}, 0)`).join(', ')}])`, MINUTES_5),
      threshold: DELAYED_SECONDS,
    });
    this.#alarm('dead-letters', {
      description:
        'Events could not be handled: the messages of the queue say which. Remove the cause, start their days with offline start, then purge the queue',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: MINUTES_5, statistic: Stats.MAXIMUM }),
      threshold: 1,
    });
  }

  /** A metric that functions emit. */
  #emitted(metric: AlarmMetric, period: Duration, statistic: string = Stats.SUM, job?: string): IMetric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: ALARM_METRICS[metric].name,
      dimensionsMap: alarmDimensions(this.#environment.name, job),
      statistic,
      period,
    });
  }

  #topic(): Topic {
    const topic = new Topic(this, 'Alarms', {
      topicName: machineName(this.#environment.name, 'alarms'),
      enforceSSL: true,
    });
    // The policy of `enforceSSL` replaces the default policy, which lets the account's alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    const { alarmEmail } = this.#environment;
    if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail));
    return topic;
  }

  #alarm(
    name: string,
    alarm: { description: string; metric: IMetric; threshold: number; below?: boolean; periods?: number },
    home: Construct = this,
  ): void {
    const made = new Alarm(home, name, {
      alarmName: machineName(this.#environment.name, name),
      alarmDescription: alarm.description,
      metric: alarm.metric,
      threshold: alarm.threshold,
      evaluationPeriods: alarm.periods ?? 1,
      comparisonOperator: alarm.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // When nothing runs there are no points. That is good for an alarm on failures, and bad for a heartbeat.
      treatMissingData: alarm.below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    made.addAlarmAction(new SnsAction(this.topic));
  }

  #dashboard(watched: readonly Watched[], deadLetters: IQueue): void {
    const wide = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
    const named = (metricName: string, statistic?: string) =>
      watched.map((one) => ofMachine(one, metricName, HOUR, statistic, one.name));
    const functions = watched.flatMap((one) => one.functions);
    new Dashboard(this, 'Dashboard', {
      dashboardName: machineName(this.#environment.name, 'runs'),
      widgets: [
        [
          wide('Runs that succeeded', named('ExecutionsSucceeded')),
          wide('Runs that failed', named('ExecutionsFailed')),
        ],
        [
          wide('Time of the longest run (ms)', named('ExecutionTime', Stats.MAXIMUM)),
          wide('Events that could not be handled', [deadLetters.metricApproximateNumberOfMessagesVisible()]),
        ],
        [
          wide(
            'Errors of functions',
            functions.map((each) => each.metricErrors({ period: HOUR })),
          ),
          wide(
            'Throttles of functions',
            functions.map((each) => each.metricThrottles({ period: HOUR })),
          ),
        ],
        [
          wide(
            'Longest invocation (ms)',
            functions.map((each) => each.metricDuration({ period: HOUR, statistic: Stats.MAXIMUM })),
          ),
        ],
      ],
    });
  }
}

const ofMachine = (one: Watched, metricName: string, period: Duration, statistic: string = Stats.SUM, label?: string) =>
  new Metric(
    defined({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: { StateMachineArn: one.machineArn },
      statistic,
      period,
      label,
    }),
  );

// Without FILL, the sum has no point when one of the metrics has none.
const sum = (metrics: readonly IMetric[], period: Duration): IMetric =>
  combined(metrics, (names) => names.map((name) => `FILL(${name}, 0)`).join(' + '), period);

function combined(
  metrics: readonly IMetric[],
  expressionOf: (names: readonly string[]) => string,
  period: Duration,
): IMetric {
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1) return only;
  const usingMetrics = Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric]));
  return new MathExpression({ expression: expressionOf(Object.keys(usingMetrics)), usingMetrics, period });
}
