/** What a function's role allows: its own places in S3, its own log group, traces. No wildcard action, no managed policy. */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { executionArn, itemExecutionArn, machineArn, mapRunArn, secretArn } from './arns.ts';
import type { Access, Place } from './component.ts';

/** A part of a bucket: `prefix` is '' for all of it, else keys start with it. */
export interface PlaceInBucket {
  readonly bucketArn: string;
  readonly prefix: string;
  /** A key beside it: what is named may be a folder, or one object. */
  readonly key?: string;
}

/** Where each place is: nowhere in S3 (a configuration in ZooKeeper), or in several parts of it. */
export type Places = Readonly<Record<Place, readonly PlaceInBucket[]>>;

const allow = (actions: string[], resources: string[], conditions?: Record<string, unknown>): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources, ...(conditions && { conditions }) });

export function storageStatements(access: Access, places: Places): PolicyStatement[] {
  const located = (names: readonly Place[]) => names.flatMap((name) => places[name]);
  const objects = (names: readonly Place[]) =>
    located(names).flatMap(({ bucketArn, prefix, key }) =>
      [`${prefix}*`, ...(key === undefined ? [] : [key])].map((objectKey) => `${bucketArn}/${objectKey}`),
    );
  const statements = located(access.reads).map(({ bucketArn, prefix }) =>
    // A request for one object names no prefix; where it may not list, S3 says 403 for an object that is not there.
    allow(['s3:ListBucket'], [bucketArn], { StringLikeIfExists: { 's3:prefix': `${prefix}*` } }),
  );
  const add = (actions: string[], resources: string[]) => {
    if (resources.length > 0) statements.push(allow(actions, resources));
  };
  add(['s3:GetObject'], objects(access.reads));
  add(['s3:PutObject', 's3:AbortMultipartUpload'], objects(access.writes));
  add(['s3:DeleteObject'], objects(access.deletes));
  return statements;
}

/** Starting machines under a name, and looking at what became of executions. */
export function executionStatements(environment: string, { starts, inspects }: Access): PolicyStatement[] {
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

/** Reading the addresses of databases: an environment's secrets have names of its own. */
export const secretStatement = (secretPrefix: string): PolicyStatement =>
  allow(['secretsmanager:GetSecretValue'], [secretArn(`${secretPrefix}/*`)]);

/** @param logGroupArn as CloudFormation gives it, ending in `:*` */
export const observationStatements = (logGroupArn: string): PolicyStatement[] => [
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroupArn]),
  allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']), // these know no resources
];

/** Lambda's own need for a function in a VPC; these know no resources. */
export const networkStatements = (): PolicyStatement[] => [
  allow(['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], ['*']),
];

export const deadLetterStatement = (queueArn: string): PolicyStatement => allow(['sqs:SendMessage'], [queueArn]);
