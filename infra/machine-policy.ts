/**
 * What a machine's role allows: to invoke exactly its functions, to run its Distributed Maps, to start and watch exactly
 * its child machines, to log and to trace. `machine-actions.ts` reads the same from the definition; a test compares them.
 */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Component } from './components.ts';
import type { PlaceInBucket } from './function-policy.ts';

export interface MachineSurroundings {
  /** Handler name → ARN. */
  readonly functionArns: ReadonlyMap<string, string>;
  readonly work: PlaceInBucket;
  /** The ARN of a component's machine, built from its name: a machine's role comes before the machine. */
  readonly machineArn: (component: string) => string;
  /** The ARNs of all executions of a component's machine, those of its Distributed Maps too. */
  readonly executionArns: (component: string) => string[];
  /** The rule by which Step Functions learns that a child has ended. */
  readonly syncRuleArn: string;
}

const allow = (actions: string[], resources: string[]): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources });

export function machineStatements(component: Component, surroundings: MachineSurroundings): PolicyStatement[] {
  const { functionArns, work, machineArn, executionArns, syncRuleArn } = surroundings;
  const statements = [allow(['lambda:InvokeFunction'], [...functionArns.values()])];
  const started = [...(component.distributes ? [component.name] : []), ...component.childMachines];
  if (started.length > 0) {
    statements.push(allow(['states:StartExecution'], started.map(machineArn)));
    statements.push(allow(['states:DescribeExecution', 'states:StopExecution'], started.flatMap(executionArns)));
  }
  if (component.distributes) statements.push(allow(['s3:GetObject'], [`${work.bucketArn}/${work.prefix}*`]));
  if (component.childMachines.length > 0) {
    statements.push(allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [syncRuleArn]));
  }
  return [...statements, ...deliveryStatements()];
}

/** Logs and traces of any machine; AWS defines these actions on no resource. */
export const deliveryStatements = (): PolicyStatement[] => [
  allow(
    [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    ['*'],
  ),
  allow(
    ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    ['*'],
  ),
];
