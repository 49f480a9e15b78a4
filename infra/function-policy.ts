/**
 * The statements of a function's role: its own places in S3, its own log group, traces; no wildcard action, no managed
 * policy.
 */
import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { defined } from '../shared/defined.ts';
import { executionArn, itemExecutionArn, machineArn, mapRunArn, secretArn } from './arns.ts';
import type { Access, Place } from './component.ts';

/** A part of a bucket: the keys that start with `prefix`, or the whole bucket when it is ''. */
export interface PlaceInBucket {
  readonly bucketArn: string;
  readonly prefix: string;
  /** The key of an object: a path that somebody names may be a folder or one object. */
  readonly key?: string;
}

/** The parts of S3 that each place is in: none for a configuration in ZooKeeper, several for the readable paths. */
export type Places = Readonly<Record<Place, readonly PlaceInBucket[]>>;

const allow = (actions: string[], resources: string[], conditions?: Record<string, unknown>): PolicyStatement =>
  new PolicyStatement(defined({ effect: Effect.ALLOW, actions, resources, conditions }));

export function storageStatements(access: Access, places: Places): PolicyStatement[] {
  const located = (names: readonly Place[]) => names.flatMap((name) => places[name]);
  const objects = (names: readonly Place[]) =>
    located(names).flatMap(({ bucketArn, prefix, key }) =>
      [`${prefix}*`, ...(key === undefined ? [] : [key])].map((objectKey) => `${bucketArn}/${objectKey}`),
    );
  const statements = located(access.reads).map((place) =>
    allow(['s3:ListBucket'], [place.bucketArn], { StringLike: { 's3:prefix': listedPrefixes(place) } }),
  );
  const add = (actions: string[], resources: string[]) => {
    if (resources.length > 0) statements.push(allow(actions, resources));
  };
  add(['s3:GetObject'], objects(access.reads));
  add(['s3:PutObject', 's3:AbortMultipartUpload'], objects(access.writes));
  add(['s3:DeleteObject'], objects(access.deletes));
  return statements;
}

/**
 * Returns the patterns of the prefixes that may be listed. None of them allows a list without a prefix. S3 asks for the same
 * permission when an object is missing, with the object's key as the prefix, and answers 403 instead of 404 when it is denied.
 */
function listedPrefixes({ prefix, key }: PlaceInBucket): string | string[] {
  const below = prefix === '' ? '?*' : `${prefix}*`;
  return key === undefined ? below : [below, key];
}

/** Allows a function to start machines under a name, and to look at their executions. */
export function executionStatements(environment: string, { starts, lists, inspects }: Access): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  if (starts.length > 0) {
    statements.push(
      allow(
        ['states:StartExecution'],
        starts.map((one) => machineArn(environment, one)),
      ),
    );
    statements.push(
      allow(
        ['states:DescribeExecution'],
        starts.map((one) => executionArn(environment, one)),
      ),
    );
  }
  if (lists.length > 0) {
    statements.push(
      allow(
        ['states:ListExecutions'],
        lists.map((one) => machineArn(environment, one)),
      ),
    );
  }
  if (inspects.length > 0) {
    statements.push(
      allow(
        ['states:ListMapRuns'],
        inspects.map((one) => executionArn(environment, one)),
      ),
    );
    statements.push(
      allow(
        ['states:ListExecutions'],
        inspects.map((one) => mapRunArn(environment, one)),
      ),
    );
    statements.push(
      allow(
        ['states:DescribeExecution'],
        inspects.map((one) => itemExecutionArn(environment, one)),
      ),
    );
  }
  return statements;
}

/** Allows a function to read the addresses of databases. Each environment's secrets have their own prefix. */
export const secretStatement = (secretPrefix: string): PolicyStatement =>
  allow(['secretsmanager:GetSecretValue'], [secretArn(`${secretPrefix}/*`)]);

/**
 * Allows S3 and Secrets Manager to use keys on behalf of a function. The function cannot use the keys by itself.
 *
 * @param keyArns the keys that buckets and secrets may be encrypted with
 */
export function keyStatements(
  { reads, writes, database }: Pick<Access, 'reads' | 'writes' | 'database'>,
  places: Places,
  keyArns: readonly string[],
): PolicyStatement[] {
  const inS3 = [...reads, ...writes].some((place) => places[place].length > 0);
  const services = [...(inS3 ? ['s3'] : []), ...(database ? ['secretsmanager'] : [])];
  if (keyArns.length === 0 || services.length === 0) return [];
  // S3 decrypts the parts of an upload when it puts them together, so that a writer needs both.
  const actions = ['kms:Decrypt', ...(writes.length > 0 ? ['kms:GenerateDataKey'] : [])];
  const via = services.map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`);
  return [allow(actions, [...keyArns], { StringEquals: { 'kms:ViaService': via } })];
}

/** Allows a function to write its log and its traces. @param logGroupArn as CloudFormation gives it, ending in `:*` */
export const observationStatements = (logGroupArn: string): PolicyStatement[] => [
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]),
  allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']), // AWS defines these actions on no resource.
];

/** The actions on EC2 of AWS's managed policy AWSLambdaVPCAccessExecutionRole. AWS defines some of them on no resource. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Allows what Lambda needs to put a function into a VPC, and denies it to the function's own code, as AWS's guide to functions
 * in a VPC advises. Only calls from the function's code carry `lambda:SourceFunctionArn`.
 *
 * @param functionArn the ARN of the function without a version
 */
export const networkStatements = (functionArn: string): PolicyStatement[] => [
  allow(NETWORK_ACTIONS, ['*']),
  new PolicyStatement({
    effect: Effect.DENY,
    actions: NETWORK_ACTIONS,
    resources: ['*'],
    conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
  }),
];

export const deadLetterStatement = (queueArn: string): PolicyStatement => allow(['sqs:SendMessage'], [queueArn]);

/** Allows Lambda to hand the messages of queues to a function. */
export const receivingStatement = (queueArns: string[]): PolicyStatement =>
  allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queueArns);
