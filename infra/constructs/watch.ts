/**
 * The alarms (no run for a day, failed runs, slow runs, throttles, dead letters), the topic that they go to, and a dashboard.
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
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { defined } from '../../shared/defined.ts';
import type { Environment } from '../environment.ts';
import { machineName } from '../names.ts';

/** A component as the alarms watch it. */
export interface Watched {
  readonly name: string;
  readonly machineArn: string;
  readonly functions: readonly IFunction[];
  readonly slowAfterMinutes: number | undefined;
  readonly isHeartbeat: boolean;
  /** The function whose log says how many models were kept from going live. */
  readonly countsKept: LambdaFunction | undefined;
}

export interface WatchProps {
  readonly environment: Environment;
  readonly watched: readonly Watched[];
  readonly deadLetters: IQueue;
}

const MINUTES_5 = Duration.minutes(5);
/** The most metrics that an alarm's expression may have. */
const METRICS_OF_AN_ALARM = 10;

export class Watch extends Construct {
  readonly topic: Topic;
  readonly #environment: Environment;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { environment, watched, deadLetters } = props;
    this.#environment = environment;
    this.topic = this.#topic();

    const alive = watched.filter(({ isHeartbeat }) => isHeartbeat);
    this.#alarm('no-run', {
      description: 'No run has succeeded for a day: check that the logs and the marker have arrived',
      metric: sum(
        alive.map((one) => ofMachine(one, 'ExecutionsSucceeded', Duration.days(1))),
        Duration.days(1),
      ),
      threshold: 1,
      below: true,
    });
    for (const one of watched) {
      const failures = ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'];
      this.#alarm(`${one.name}-failed`, {
        description: `A run of ${one.name} failed: offline status --env ${environment.name} names client, step and cause`,
        metric: sum(
          failures.map((name) => ofMachine(one, name, MINUTES_5)),
          MINUTES_5,
        ),
        threshold: 1,
      });
      if (one.slowAfterMinutes !== undefined) {
        this.#alarm(`${one.name}-slow`, {
          description: `A run of ${one.name} took longer than ${one.slowAfterMinutes} minutes`,
          metric: ofMachine(one, 'ExecutionTime', MINUTES_5, Stats.MAXIMUM),
          threshold: one.slowAfterMinutes * 60_000,
        });
      }
      if (one.countsKept !== undefined) this.#modelsKept(one.countsKept);
      for (let at = 0; at < one.functions.length; at += METRICS_OF_AN_ALARM) {
        const functions = one.functions.slice(at, at + METRICS_OF_AN_ALARM);
        this.#alarm(`${one.name}-throttled${at === 0 ? '' : `-${1 + at / METRICS_OF_AN_ALARM}`}`, {
          description: `Functions of ${one.name} were throttled for 15 minutes: lower maxConcurrency, or ask AWS for more`,
          metric: sum(
            functions.map((each) => each.metricThrottles({ period: MINUTES_5 })),
            MINUTES_5,
          ),
          threshold: 1,
          periods: 3,
        });
      }
    }
    this.#alarm('dead-letters', {
      description: 'Events could not be handled: the messages of the queue say which',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: MINUTES_5, statistic: Stats.MAXIMUM }),
      threshold: 1,
    });
    this.#dashboard(watched, deadLetters);
  }

  /** The metric is read from the log, because an environment may have switched off the functions' own metrics. */
  #modelsKept(counting: LambdaFunction): void {
    const field = '$.modelsKept';
    const filter = new MetricFilter(this, 'models-kept-filter', {
      logGroup: counting.logGroup,
      filterPattern: FilterPattern.numberValue(field, '>', 0),
      metricNamespace: 'OfflineModels',
      metricName: `ModelsKept-${this.#environment.name}`,
      metricValue: field,
    });
    this.#alarm('models-kept', {
      description: `Models were kept from going live, and the old ones stay live: offline status --env ${this.#environment.name} says which and why`,
      metric: filter.metric({ statistic: Stats.SUM, period: MINUTES_5 }),
      threshold: 1,
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
  ): void {
    const made = new Alarm(this, name, {
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
    const hour = Duration.hours(1);
    const wide = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
    const named = (metricName: string, statistic?: string) =>
      watched.map((one) => ofMachine(one, metricName, hour, statistic, one.name));
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
            functions.map((each) => each.metricErrors({ period: hour })),
          ),
          wide(
            'Throttles of functions',
            functions.map((each) => each.metricThrottles({ period: hour })),
          ),
        ],
        [
          wide(
            'Longest invocation (ms)',
            functions.map((each) => each.metricDuration({ period: hour, statistic: Stats.MAXIMUM })),
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

function sum(metrics: readonly IMetric[], period: Duration): IMetric {
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1) return only;
  const usingMetrics = Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric]));
  // Without FILL, the sum has no point when one of the metrics has none.
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics, period });
}
