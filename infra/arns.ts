/**
 * The ARNs of functions, machines, their executions, and secrets. They are built from names, because a role that names a
 * machine or a function is made before it.
 */
import { Aws } from 'aws-cdk-lib';
import { functionName, machineName } from './names.ts';

const states = (kind: string, rest: string): string =>
  `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:${kind}:${rest}`;

export const machineArn = (environment: string, component: string): string =>
  states('stateMachine', machineName(environment, component));

/** A function, without a version. @throws ConfigError when its name is too long */
export const functionArn = (environment: string, component: string, handler: string): string =>
  `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${functionName(environment, component, handler)}`;

/** All executions of a machine. */
export const executionArn = (environment: string, component: string): string =>
  states('execution', `${machineName(environment, component)}:*`);

/** All executions that the Distributed Maps of a machine start. */
export const itemExecutionArn = (environment: string, component: string): string =>
  states('execution', `${machineName(environment, component)}/*:*`);

/** All runs of the Distributed Maps of a machine. */
export const mapRunArn = (environment: string, component: string): string =>
  states('mapRun', `${machineName(environment, component)}/*:*`);

/** The rule by which Step Functions learns that a nested execution has ended. It makes one rule in each account. */
export const syncRuleArn = (): string =>
  `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`;

/** A secret. Secrets Manager adds six random characters to its name, so `name` ends with a wildcard. */
export const secretArn = (name: string): string =>
  `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${name}`;
