/** The stack of one environment. It deploys components and knows no job. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { defined } from '../shared/defined.ts';
import { functionArn } from './arns.ts';
import type { Bundles } from './bundle.ts';
import type { Component } from './component.ts';
import { Arrival, ArrivalQueues, deadLetterQueue } from './constructs/arrival.ts';
import { ComponentFunctions } from './constructs/component-functions.ts';
import { ComponentMachine } from './constructs/component-machine.ts';
import { ComponentStack } from './constructs/component-stack.ts';
import { Network } from './constructs/network.ts';
import { Buckets, type Storage, storageIn } from './constructs/storage.ts';
import { Watch, type Watched } from './constructs/watch.ts';
import { type Environment, logPrefix } from './environment.ts';
import { functionName, stackName } from './names.ts';

export interface PipelineStackProps extends StackProps {
  readonly environment: Environment;
  readonly components: readonly Component[];
  readonly bundles: Bundles;
}

export class PipelineStack extends Stack {
  constructor(scope: Construct, props: PipelineStackProps) {
    const { environment, components, bundles, ...stackProps } = props;
    super(scope, stackName(environment.name), {
      // CloudFormation takes at most 1 MB of template, and indentation is a third of it.
      suppressTemplateIndentation: true,
      // CloudFormation gives the tags of a stack to its resources and nested stacks. In the template they would stand with each.
      tags: environment.tags,
      terminationProtection: environment.terminationProtection,
      env: defined({ account: environment.account, region: environment.region }),
      description: `Recommendation models computed every day from user action logs (${environment.name})`,
      ...stackProps,
    });
    const buckets = new Buckets(this, 'Storage', environment).names;
    const storage = storageIn(environment, buckets);
    const network = environment.vpc && new Network(this, 'Network', { ...environment, vpc: environment.vpc });
    const deadLetters = deadLetterQueue(this, environment);
    const arriving: IQueue[] = [];
    const watched = components.map((component): Watched => {
      const { name, isJob, isAside } = component;
      const code = bundles.folders.get(component.code);
      if (code === undefined) throw new Error(`there is no bundle of ${component.code}`);
      const { wakes } = component;
      const queues =
        wakes &&
        new ArrivalQueues(this, `${name}-queues`, {
          environment,
          deadLetters,
          timeoutSeconds: component.functions.find((spec) => spec.name === wakes.onObject)!.timeoutSeconds,
        });
      const nested = isJob ? new ComponentStack(this, `${name}-stack`, { environment, component, buckets }) : undefined;
      const home = nested ?? this;
      const places = nested?.storage ?? storage;
      const { byName: functions, former } = new ComponentFunctions(home, `${name}-functions`, {
        environment,
        component,
        code,
        storage: places,
        network,
        deadLetters,
        queues,
      });
      const machine = new ComponentMachine(home, name, {
        environment,
        component,
        functions,
        former,
        storage: places,
        build: bundles.build,
      });
      new CfnOutput(this, `${name}-machine`, { value: machine.arn, description: component.machine.Comment });
      for (const called of component.calledByPeople ?? []) {
        new CfnOutput(this, `${name}-${called}-function`, {
          value: functionArn(environment.name, name, called),
          description:
            'Who may call this function (lambda:InvokeFunction) sees and changes live models and clients’ settings',
        });
      }
      if (wakes !== undefined && queues !== undefined) {
        const onObject = functions.get(wakes.onObject)!;
        const everyHour = functions.get(wakes.everyHour)!;
        new Arrival(this, `${name}-events`, { environment, storage, queues, deadLetters, onObject, everyHour });
      }
      if (queues !== undefined) arriving.push(queues.markers, queues.objects);
      return {
        name,
        machineArn: machine.arn,
        functions: this.#byTheirNames(environment, component),
        home: nested,
        isJob,
        isAside,
      };
    });
    new Watch(this, 'Watch', { environment, watched, arriving, deadLetters });
    this.#outputs(environment, storage, bundles.build);
  }

  /** The functions as the alarms refer to them: by name, because a reference into a nested stack is an output of it. */
  #byTheirNames(environment: Environment, { name, functions }: Component): IFunction[] {
    return functions.map((spec) =>
      LambdaFunction.fromFunctionName(
        this,
        `watched-${name}-${spec.name}`,
        functionName(environment.name, name, spec.name),
      ),
    );
  }

  /** Outputs that say what to do next, with the names of the buckets. */
  #outputs(environment: Environment, storage: Storage, build: string): void {
    const bucket = storage.buckets.logs;
    const folder = environment.logPattern
      .split('/')
      .filter((part) => !part.includes('*'))
      .join('/');
    const say = (id: string, description: string, value: string) => new CfnOutput(this, id, { description, value });
    say('Build', 'The hash of the code of all functions; an execution of another build is refused', build);
    say('LogRoot', 'Drop raw logs below this place', `s3://${bucket}/${logPrefix(environment)}`);
    say('OutputRoot', 'Models are published below this place', storage.outputRoot);
    say('ConfigRoot', 'Clients are configured here: all_clients/<client>/offline/<job> holds JSON', storage.configRoot);
    say(
      'Next1DropADay',
      'Copy a day of logs (%y, %m, %d: its year, month, day)',
      `aws s3 cp --recursive ./day s3://${bucket}/${folder}/`,
    );
    if (environment.arrival === 'marker') {
      say('Next2MarkItWhole', 'Then start it', `aws s3api put-object --bucket ${bucket} --key ${folder}/_SUCCESS`);
    }
    if (environment.logBucket !== undefined) {
      say(
        'Next0SendEvents',
        'This stack did not make the log bucket: run this once, so that the bucket sends its events',
        `aws s3api put-bucket-notification-configuration --bucket ${bucket} --notification-configuration '{"EventBridgeConfiguration":{}}'`,
      );
    }
  }
}
