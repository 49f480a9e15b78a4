/** A component's state machine: its definition as it was compiled, inline, with the functions' ARNs put in. */
import { Aws, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LimitError } from '../../shared/errors.ts';
import type { Component } from '../components.ts';
import type { Environment } from '../environment.ts';
import { largestHistory, MAX_EVENTS } from '../machine-limits.ts';
import { machineStatements } from '../machine-policy.ts';
import { machineName } from '../names.ts';
import type { Storage } from './storage.ts';

export interface ComponentMachineProps {
  readonly environment: Environment;
  readonly component: Component;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly storage: Storage;
}

export class ComponentMachine extends Construct {
  readonly name: string;
  readonly arn: string;

  /** @throws LimitError for a machine whose history could come near the limit of Step Functions */
  constructor(scope: Construct, id: string, props: ComponentMachineProps) {
    super(scope, id);
    const { environment, component, functions } = props;
    checkHistory(component);
    this.name = machineName(environment.name, component.name);
    this.arn = this.#arnOf(environment, component.name);
    const functionArns = new Map([...functions].map(([name, { functionArn }]) => [name, functionArn]));
    const childArns = component.childMachines.map(
      (child) => [`machine:${child}`, this.#arnOf(environment, child)] as const,
    );
    const { text, keys } = definitionOf(component);
    const values = new Map([...functionArns, ...childArns]);

    const logGroup = new LogGroup(this, 'Log', {
      // Below this prefix the log group needs no entry in the account's one resource policy, whose size is limited.
      logGroupName: `/aws/vendedlogs/states/${this.name}`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnStateMachine(this, 'Machine', {
      stateMachineName: this.name,
      roleArn: this.#role(props, functionArns).roleArn,
      definitionString: text,
      definitionSubstitutions: Object.fromEntries(
        [...keys].map(([name, key]) => [key, valueOf(component, values, name)]),
      ),
      tracingConfiguration: { enabled: true },
      loggingConfiguration: {
        level: 'ALL',
        // States carry keys, but an execution's input may hold a configuration.
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.logGroupArn } }],
      },
    });
  }

  #role(props: ComponentMachineProps, functionArns: ReadonlyMap<string, string>): Role {
    const { environment, component, storage } = props;
    const executions = (name: string, rest: string) =>
      `arn:${Aws.PARTITION}:states:${this.#place}:execution:${machineName(environment.name, name)}${rest}`;
    const role = new Role(this, 'Role', {
      description: `What the state machine of ${component.name} may do (${environment.name})`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        allowed: new PolicyDocument({
          statements: machineStatements(component, {
            functionArns,
            work: storage.work,
            machineArn: (name) => this.#arnOf(environment, name),
            // An execution's own ARN, and those of the executions that a Distributed Map starts.
            executionArns: (name) => [
              executions(name, ':*'),
              ...(name === component.name ? [executions(name, '/*:*')] : []),
            ],
            syncRuleArn: `arn:${Aws.PARTITION}:events:${this.#place}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
          }),
        }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5',
      reason:
        'Executions and shard lists have no names yet; log delivery and X-Ray know no resources. A test compares the ' +
        'actions with those that the definition needs.',
    });
    return role;
  }

  /** Built from the name: the role of a machine that starts itself comes before the machine. */
  #arnOf(environment: Environment, component: string): string {
    return `arn:${Aws.PARTITION}:states:${this.#place}:stateMachine:${machineName(environment.name, component)}`;
  }

  get #place(): string {
    const { region, account } = Stack.of(this);
    return `${region}:${account}`;
  }
}

function checkHistory({ name, machine, visits }: Component): void {
  const events = largestHistory(machine, visits);
  if (events <= MAX_EVENTS) return;
  throw new LimitError(
    `an execution of ${name} could have ${events} events in its history, and at most ${MAX_EVENTS} are allowed: ` +
      'lower maxIterations of its loop',
  );
}

/** The definition with `${key}` for CloudFormation, whose keys are letters and digits only; and name → key. */
function definitionOf({ machine }: Component): { text: string; keys: ReadonlyMap<string, string> } {
  const keys = new Map<string, string>();
  const text = JSON.stringify(machine).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (!keys.has(name)) keys.set(name, `arn${keys.size}`);
    return `\${${keys.get(name)}}`;
  });
  return { text, keys };
}

function valueOf({ name }: Component, values: ReadonlyMap<string, string>, placeholder: string): string {
  const value = values.get(placeholder);
  if (value !== undefined) return value;
  throw new Error(`the machine of ${name} names '${placeholder}', which is no function and no child machine of it`);
}
