/**
 * The rules that wake the pipeline: two for objects that arrive below the log pattern's prefix, and one for every hour, in case
 * events were lost.
 *
 *   marker ───────────► queue of markers ─────── at once ────────────────┬─► the function for objects
 *   every new object ─► queue of objects ─── what came within a minute ──┘
 *   every hour ───────────────────────────────────────────────────────────► the function for every hour
 *
 * The function for objects gets thousands of events in one call, and looks at each of their days once. An event that cannot be
 * delivered, or on which the function fails in every attempt, goes to a queue that has an alarm.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SqsQueue as QueueTarget } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SUCCESS } from '../../shared/store/keys.ts';
import { type Environment, logPrefix } from '../environment.ts';
import { machineName } from '../names.ts';
import type { Storage } from './storage.ts';

export interface ArrivalProps {
  readonly environment: Environment;
  readonly storage: Storage;
  readonly queues: ArrivalQueues;
  readonly deadLetters: Queue;
  readonly onObject: LambdaFunction;
  readonly everyHour: LambdaFunction;
}

const RETRIES = 3;
const MAX_AGE = Duration.hours(6);

/** A message that is received this many times without success goes to the dead letters. */
const RECEIVES = 5;
/** The least that AWS allows. More calls at once would only compete for the records of the same days. */
const CALLS_AT_ONCE = 2;
/** The events of files wait this long for others, so that a day's files cost one look a minute. */
const WINDOW = Duration.seconds(60);
/** The largest batch without a window, and the largest one with a window. */
const [BATCH_AT_ONCE, BATCH_OF_WINDOW] = [10, 10_000];
/** AWS asks for this, so that Lambda can repeat a call that was throttled before messages are seen again. */
const FUNCTION_TIMEOUTS = 6;

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

export interface ArrivalQueuesProps {
  readonly environment: Environment;
  readonly deadLetters: Queue;
  /** The timeout of the function that gets the messages. */
  readonly timeoutSeconds: number;
}

/** The two queues between S3's events and the function that looks at days. */
export class ArrivalQueues extends Construct {
  /** The events of markers, which start a day. */
  readonly markers: Queue;
  /** The events of all objects. */
  readonly objects: Queue;

  constructor(scope: Construct, id: string, { environment, deadLetters, timeoutSeconds }: ArrivalQueuesProps) {
    super(scope, id);
    const timeout = FUNCTION_TIMEOUTS * timeoutSeconds;
    const queue = (name: string, visibilitySeconds: number): Queue =>
      new Queue(this, name, {
        queueName: machineName(environment.name, name),
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        visibilityTimeout: Duration.seconds(visibilitySeconds),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: RECEIVES },
        retentionPeriod: Duration.days(14),
      });
    this.markers = queue('arrival-markers', timeout);
    this.objects = queue('arrival-objects', timeout + WINDOW.toSeconds());
  }
}

export class Arrival extends Construct {
  constructor(scope: Construct, id: string, props: ArrivalProps) {
    super(scope, id);
    const { environment, storage, queues, deadLetters: deadLetterQueue } = props;
    const delivery = { deadLetterQueue, retryAttempts: RETRIES, maxEventAge: MAX_AGE };
    const onObjects = (id: string, ruleName: string, what: string, key: object, queue: Queue) =>
      new Rule(this, id, {
        ruleName: machineName(environment.name, ruleName),
        description: `${what} below ${logPrefix(environment)} (${environment.name})`,
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: { bucket: { name: [storage.buckets.logs] }, object: { key: [key] } },
        },
        targets: [new QueueTarget(queue, delivery)],
      });
    // A pattern cannot ask for a prefix and for another suffix of one key, so the marker is among the objects too.
    const prefix = logPrefix(environment);
    onObjects(
      'MarkerCreated',
      'marker-created',
      'A marker arrived',
      { wildcard: `${escaped(prefix)}*/${SUCCESS}` },
      queues.markers,
    );
    onObjects('ObjectCreated', 'object-created', 'Something arrived', { prefix }, queues.objects);
    this.#calls('Markers', props.onObject, queues.markers, { batchSize: BATCH_AT_ONCE });
    this.#calls('Objects', props.onObject, queues.objects, { batchSize: BATCH_OF_WINDOW, maxBatchingWindow: WINDOW });

    new Rule(this, 'EveryHour', {
      ruleName: machineName(environment.name, 'every-hour'),
      description: `Looks for days whose events were lost (${environment.name})`,
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaTarget(props.everyHour, delivery)],
    });
    props.everyHour.configureAsyncInvoke({
      onFailure: new SqsDestination(deadLetterQueue),
      retryAttempts: 2,
      maxEventAge: MAX_AGE,
    });
  }

  #calls(
    id: string,
    target: LambdaFunction,
    queue: Queue,
    batches: { readonly batchSize: number; readonly maxBatchingWindow?: Duration },
  ): void {
    new EventSourceMapping(this, id, {
      target,
      eventSourceArn: queue.queueArn,
      maxConcurrency: CALLS_AT_ONCE,
      reportBatchItemFailures: true,
      ...batches,
    });
  }
}

/** Returns a prefix as a wildcard pattern has it. A log prefix has no `*`. */
const escaped = (prefix: string): string => prefix.replaceAll('\\', '\\\\');
