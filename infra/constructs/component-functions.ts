/** The Lambda functions of a component: one a handler, each with its own role and log group, all with the same code. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import { Construct } from 'constructs';
import type { Component, FunctionSpec } from '../components.ts';
import type { Environment } from '../environment.ts';
import { networkStatements, observationStatements, storageStatements } from '../function-policy.ts';
import { functionName } from '../names.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';

export interface ComponentFunctionsProps {
  readonly environment: Environment;
  readonly component: Component;
  /** The bundle's folder. */
  readonly code: string;
  readonly storage: Storage;
  /** For the functions that reach ZooKeeper; undefined: none is in a VPC. */
  readonly network: Network | undefined;
  /** Environment variables beyond those that every function gets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What the functions' roles allow beyond their places. */
  readonly statements?: (spec: FunctionSpec) => PolicyStatement[];
}

export class ComponentFunctions extends Construct {
  /** By handler name. */
  readonly byName: ReadonlyMap<string, LambdaFunction>;

  constructor(scope: Construct, id: string, props: ComponentFunctionsProps) {
    super(scope, id);
    const code = Code.fromAsset(props.code);
    this.byName = new Map(props.component.functions.map((spec) => [spec.name, this.#function(spec, code, props)]));
  }

  #function(spec: FunctionSpec, code: Code, props: ComponentFunctionsProps): LambdaFunction {
    const { environment, component, storage } = props;
    const name = functionName(environment.name, component.name, spec.name);
    const network = spec.access.reads.includes('config') ? props.network : undefined;
    const logGroup = new LogGroup(this, `${spec.name}-log`, {
      logGroupName: `/aws/lambda/${name}`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
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
      // Else the CDK adds to it what it thinks is needed.
      role: role.withoutPolicyUpdates(),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        ENVIRONMENT: environment.name,
        OUTPUT_ROOT: storage.outputRoot,
        CONFIG_ROOT: storage.configRoot,
        LOG_PATTERN: storage.logPattern,
        ...(!environment.customMetrics && { POWERTOOLS_METRICS_DISABLED: 'true' }),
        ...props.variables,
      },
    });
    if (network !== undefined) (made.node.defaultChild as CfnFunction).vpcConfig = network.vpcConfig;
    return made;
  }

  #role(spec: FunctionSpec, logGroup: LogGroup, inVpc: boolean, props: ComponentFunctionsProps): Role {
    const role = new Role(this, `${spec.name}-role`, {
      description: `What ${props.component.name}, ${spec.name} may do (${props.environment.name})`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        allowed: new PolicyDocument({
          statements: [
            ...storageStatements(spec.access, props.storage.places),
            ...observationStatements(logGroup.logGroupArn),
            ...(inVpc ? networkStatements() : []),
            ...(props.statements?.(spec) ?? []),
          ].map(asAllowed),
        }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5',
      reason:
        'Objects below a prefix and streams of one log group have no names yet; X-Ray and network interfaces know no ' +
        'resources. A test holds that no action is a wildcard and that only those two have all resources.',
    });
    return role;
  }
}

/** Only allows are written here: a deny among them would be a mistake. */
function asAllowed(statement: PolicyStatement): PolicyStatement {
  if (statement.effect !== Effect.ALLOW) throw new Error('a role is built of what it allows');
  return statement;
}
