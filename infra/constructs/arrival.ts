/**
 * The rules that wake the pipeline: one for objects that arrive below the log pattern's prefix, and one for every hour, in case
 * events were lost. The functions that they call list the day's folder and decide. An event that cannot be delivered, or on
 * which the function fails in every attempt, goes to a queue that has an alarm.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Environment, logPrefix } from '../environment.ts';
import { machineName } from '../names.ts';
import type { Storage } from './storage.ts';

export interface ArrivalProps {
  readonly environment: Environment;
  readonly storage: Storage;
  readonly deadLetters: Queue;
  readonly onObject: LambdaFunction;
  readonly everyHour: LambdaFunction;
}

const RETRIES = 3;
const MAX_AGE = Duration.hours(6);

/** The queue of the events that no function could handle. */
export function deadLetterQueue(scope: Construct, environment: Environment): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    queueName: machineName(environment.name, 'dead-letters'),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is the dead-letter queue; an alarm watches it.',
  });
  return queue;
}

export class Arrival extends Construct {
  constructor(scope: Construct, id: string, props: ArrivalProps) {
    super(scope, id);
    const { environment, storage, deadLetters: deadLetterQueue } = props;
    const delivery = { deadLetterQueue, retryAttempts: RETRIES, maxEventAge: MAX_AGE };
    new Rule(this, 'ObjectCreated', {
      ruleName: machineName(environment.name, 'object-created'),
      description: `Something arrived below ${logPrefix(environment)} (${environment.name})`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [storage.buckets.logs] },
          object: { key: [{ prefix: logPrefix(environment) }] },
        },
      },
      targets: [new LambdaTarget(props.onObject, delivery)],
    });
    new Rule(this, 'EveryHour', {
      ruleName: machineName(environment.name, 'every-hour'),
      description: `Looks for days whose events were lost (${environment.name})`,
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaTarget(props.everyHour, delivery)],
    });
    for (const target of new Set([props.onObject, props.everyHour])) {
      target.configureAsyncInvoke({
        onFailure: new SqsDestination(deadLetterQueue),
        retryAttempts: 2,
        maxEventAge: MAX_AGE,
      });
    }
  }
}
