/** The Lambda functions of a component: one for each handler, each with its own role and log group, all with the same code. */
import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { defined } from '../../shared/defined.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { functionArn, machineArn } from '../arns.ts';
import { type Component, type FunctionSpec, NO_ACCESS } from '../component.ts';
import { type Environment, readsZooKeeper } from '../environment.ts';
import {
  deadLetterStatement,
  executionStatements,
  keyStatements,
  networkStatements,
  observationStatements,
  receivingStatement,
  secretStatement,
  storageStatements,
} from '../function-policy.ts';
import { logRemoval } from '../log-removal.ts';
import { functionName } from '../names.ts';
import type { ArrivalQueues } from './arrival.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';

export interface ComponentFunctionsProps {
  readonly environment: Environment;
  readonly component: Component;
  /** The bundle's folder. */
  readonly code: string;
  readonly storage: Storage;
  /** The network of the functions that reach ZooKeeper or a database; undefined when no function is in a VPC. */
  readonly network: Network | undefined;
  /** Takes the hourly events on which the function failed in every attempt. */
  readonly deadLetters: IQueue;
  /** The queues whose messages are handed to the component's function for objects; undefined when it has none. */
  readonly queues: ArrivalQueues | undefined;
}

/** A former function refuses every call, and needs nothing else. */
const FORMER = { memoryMb: 256, timeoutSeconds: 30, access: NO_ACCESS };

export class ComponentFunctions extends Construct {
  /** By handler name. */
  readonly byName: ReadonlyMap<string, LambdaFunction>;
  /** The functions that only executions of earlier builds call. */
  readonly former: readonly LambdaFunction[];

  constructor(scope: Construct, id: string, props: ComponentFunctionsProps) {
    super(scope, id);
    const code = Code.fromAsset(props.code);
    const { functions, formerFunctions } = props.component;
    this.byName = new Map(functions.map((spec) => [spec.name, this.#function(spec, code, props)]));
    this.former = formerFunctions.map((name) => this.#function({ name, ...FORMER }, code, props));
  }

  #function(spec: FunctionSpec, code: Code, props: ComponentFunctionsProps): LambdaFunction {
    const { environment, component, storage } = props;
    const name = functionName(environment.name, component.name, spec.name);
    const network = reachesOut(spec, environment) ? props.network : undefined;
    const logGroup = new LogGroup(this, `${spec.name}-log`, {
      logGroupName: `/aws/lambda/${name}`,
      retention: environment.logRetentionDays,
      removalPolicy: logRemoval(environment),
    });
    const role = this.#role(spec, logGroup, network !== undefined, props);
    const made = new LambdaFunction(this, spec.name, {
      functionName: name,
      description: `${component.name}, ${spec.name} (${environment.name})`,
      code,
      handler: `index.${spec.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      // Otherwise the CDK adds permissions to the role.
      role: role.withoutPolicyUpdates(),
      environment: defined({
        NODE_OPTIONS: '--enable-source-maps',
        ENVIRONMENT: environment.name,
        OUTPUT_ROOT: storage.outputRoot,
        CONFIG_ROOT: storage.configRoot,
        LOG_PATTERN: storage.logPattern,
        POWERTOOLS_METRICS_DISABLED: environment.customMetrics ? undefined : 'true',
        ...component.variables,
        ...machineVariables(environment.name, spec),
      }),
    });
    const resource = made.node.defaultChild as CfnFunction;
    if (network !== undefined) resource.vpcConfig = network.vpcConfig;
    if (spec.ownSlots !== undefined) resource.reservedConcurrentExecutions = spec.ownSlots;
    return made;
  }

  #role(
    spec: FunctionSpec,
    logGroup: LogGroup,
    inVpc: boolean,
    { environment, component, storage, deadLetters, queues }: ComponentFunctionsProps,
  ): Role {
    const statements = [
      ...storageStatements(spec.access, storage.places),
      ...executionStatements(environment.name, spec.access),
      ...observationStatements(logGroup.logGroupArn),
      ...(spec.access.database ? [secretStatement(environment.secretPrefix)] : []),
      ...keyStatements(spec.access, storage.places, environment.kmsKeyArns),
      ...(inVpc ? networkStatements(functionArn(environment.name, component.name, spec.name)) : []),
      ...(component.wakes?.everyHour === spec.name ? [deadLetterStatement(deadLetters.queueArn)] : []),
      ...(queues !== undefined && component.wakes?.onObject === spec.name
        ? [receivingStatement([queues.markers.queueArn, queues.objects.queueArn])]
        : []),
    ];
    const role = new Role(this, `${spec.name}-role`, {
      description: `Permissions of the function ${spec.name} of ${component.name} (${environment.name})`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { allowed: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(role, statements);
    return role;
  }
}

/** `DAILY_MACHINE`, `ARRIVAL_MACHINE`: the ARNs of the machines that a function starts. */
const machineVariables = (environment: string, { access }: FunctionSpec): Record<string, string> =>
  Object.fromEntries(access.starts.map((one) => [`${one.toUpperCase()}_MACHINE`, machineArn(environment, one)]));

/** True when the function reaches ZooKeeper or a database, which may be in a VPC. S3 is reached from anywhere. */
const reachesOut = ({ access }: FunctionSpec, { configRoot }: Environment): boolean =>
  access.database || (access.reads.includes('config') && readsZooKeeper(configRoot));
