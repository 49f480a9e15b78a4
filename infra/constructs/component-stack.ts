/**
 * The nested stack of a component. It gets the names of the buckets as parameters, so that its template is the same whoever
 * makes the buckets.
 */
import { CfnParameter, NestedStack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Component } from '../component.ts';
import type { Environment } from '../environment.ts';
import { type BucketNames, type Storage, storageIn } from './storage.ts';

export interface ComponentStackProps {
  readonly environment: Environment;
  readonly component: Component;
  /** As the stack around it refers to them. */
  readonly buckets: BucketNames;
}

export class ComponentStack extends NestedStack {
  /** The places of the environment, as this stack refers to them. */
  readonly storage: Storage;

  constructor(scope: Construct, id: string, { environment, component, buckets }: ComponentStackProps) {
    super(scope, id, {
      suppressTemplateIndentation: true,
      description: `The job ${component.name} (${environment.name})`,
    });
    this.storage = storageIn(environment, {
      logs: this.#parameter('LogBucket', buckets.logs),
      outputs: this.#parameter('OutputBucket', buckets.outputs),
    });
  }

  #parameter(name: string, value: string): string {
    this.setParameter(name, value);
    return new CfnParameter(this, name).valueAsString;
  }
}
