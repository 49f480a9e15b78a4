/** A component's state machine: its compiled definition, inline, with the functions' ARNs. */
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BUILD_PLACEHOLDER } from '../../shared/job/build.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { machineArn } from '../arns.ts';
import type { Component } from '../component.ts';
import type { Environment } from '../environment.ts';
import { logRemoval } from '../log-removal.ts';
import { checkHistory } from '../machine-limits.ts';
import { machineStatements } from '../machine-policy.ts';
import { machineName } from '../names.ts';
import type { Storage } from './storage.ts';

export interface ComponentMachineProps {
  readonly environment: Environment;
  readonly component: Component;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** The functions that only executions of earlier builds call, with the role of this machine. */
  readonly former: readonly LambdaFunction[];
  readonly storage: Storage;
  /** The build of the functions. */
  readonly build: string;
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
    this.arn = machineArn(environment.name, component.name);
    const { text, keys } = definitionOf(component);
    const values = new Map([
      [nameIn(BUILD_PLACEHOLDER), props.build] as const,
      ...[...functions].map(([name, { functionArn }]) => [name, functionArn] as const),
      ...component.childMachines.map((child) => [`machine:${child}`, machineArn(environment.name, child)] as const),
    ]);

    const logGroup = new LogGroup(this, 'Log', {
      // Below this prefix the log group needs no entry in the account's one resource policy, whose size is limited.
      logGroupName: `/aws/vendedlogs/states/${this.name}`,
      retention: environment.logRetentionDays,
      removalPolicy: logRemoval(environment),
    });
    new CfnStateMachine(this, 'Machine', {
      stateMachineName: this.name,
      roleArn: this.#role(props).roleArn,
      definitionString: text,
      definitionSubstitutions: Object.fromEntries(
        [...keys].map(([name, key]) => [key, substituteOf(component, values, name)]),
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

  #role({ environment, component, functions, former, storage }: ComponentMachineProps): Role {
    const current = [...functions].filter(([name]) => calls(component, name)).map(([, each]) => each);
    const called = [...current, ...former].map(({ functionArn }) => functionArn);
    const statements = machineStatements(environment, component, called, storage.places);
    const role = new Role(this, 'Role', {
      description: `Permissions of the state machine of ${component.name} (${environment.name})`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { allowed: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(role, statements);
    return role;
  }
}

/** True when the machine calls the function. Events or people call the others. */
const calls = (component: Component, name: string): boolean => component.calledFunctions?.includes(name) ?? true;

/** Returns the name in a placeholder: `${solve}` → `solve`. */
const nameIn = (placeholder: string): string => placeholder.slice(2, -1);

/** Returns the definition with `${key}` for CloudFormation, whose keys have letters and digits only, and name → key. */
function definitionOf({ machine }: Component): { text: string; keys: ReadonlyMap<string, string> } {
  const keys = new Map<string, string>();
  const text = JSON.stringify(machine).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (!keys.has(name)) keys.set(name, `arn${keys.size}`);
    return `\${${keys.get(name)}}`;
  });
  return { text, keys };
}

function substituteOf({ name }: Component, values: ReadonlyMap<string, string>, placeholder: string): string {
  const value = values.get(placeholder);
  if (value !== undefined) return value;
  throw new Error(`the machine of ${name} names '${placeholder}', which is no function and no child machine of it`);
}
