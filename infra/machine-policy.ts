/**
 * The statements of a machine's role. They allow the machine to invoke its own functions only, to run its Distributed Maps, to
 * start and watch its own child machines only, to log and to trace. `machine-actions.ts` reads the needed permissions from the
 * definition, and a test compares them.
 */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { executionArn, itemExecutionArn, machineArn, syncRuleArn } from './arns.ts';
import type { Component } from './component.ts';
import type { PlaceInBucket } from './function-policy.ts';

const allow = (actions: string[], resources: string[]): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources });

/**
 * @param functionArns of the functions that the machine calls
 * @param work the place of the lists of its Distributed Maps
 */
export function machineStatements(
  environment: string,
  component: Component,
  functionArns: readonly string[],
  work: PlaceInBucket,
): PolicyStatement[] {
  const { name, distributes, childMachines } = component;
  const statements = [allow(['lambda:InvokeFunction'], [...functionArns])];
  const started = [...new Set([...(distributes ? [name] : []), ...childMachines])];
  if (started.length > 0) {
    const executions = started.map((one) => executionArn(environment, one));
    // The executions that a Distributed Map starts have other names than those of the machine.
    if (distributes) executions.push(itemExecutionArn(environment, name));
    statements.push(
      allow(
        ['states:StartExecution'],
        started.map((one) => machineArn(environment, one)),
      ),
    );
    statements.push(allow(['states:DescribeExecution', 'states:StopExecution'], executions));
  }
  if (distributes) statements.push(allow(['s3:GetObject'], [`${work.bucketArn}/${work.prefix}*`]));
  if (childMachines.length > 0) {
    statements.push(allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [syncRuleArn()]));
  }
  return [...statements, ...deliveryStatements()];
}

/** Allows the logs and traces of a machine. AWS defines these actions on no resource. */
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
