/**
 * The statements of a machine's role. They allow the machine to invoke its own functions only, to run its Distributed Maps, to
 * start and watch its own child machines only, to log and to trace. `machine-actions.ts` reads the needed permissions from the
 * definition, and a test compares them.
 */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { executionArn, itemExecutionArn, machineArn, syncRuleArn } from './arns.ts';
import type { Component } from './component.ts';
import type { Environment } from './environment.ts';
import { keyStatements, type Places } from './function-policy.ts';

const allow = (actions: string[], resources: string[]): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources });

/**
 * @param functionArns of the functions that the machine calls
 * @param places the work areas have the lists of its Distributed Maps
 */
export function machineStatements(
  { name: environment, kmsKeyArns }: Pick<Environment, 'name' | 'kmsKeyArns'>,
  component: Component,
  functionArns: readonly string[],
  places: Places,
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
  if (distributes) {
    const lists = places.work.map(({ bucketArn, prefix }) => `${bucketArn}/${prefix}*`);
    statements.push(allow(['s3:GetObject'], lists));
    statements.push(...keyStatements({ reads: ['work'], writes: [], database: false }, places, kmsKeyArns));
  }
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
