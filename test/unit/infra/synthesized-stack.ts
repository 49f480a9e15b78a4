/** Synthesizes a stack in this process, with empty bundles in place of the functions' code, within a second. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, NestedStack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { JOBS } from '../../../functions/index.ts';
import type { Component } from '../../../infra/component.ts';
import { componentsOf } from '../../../infra/components.ts';
import { type Environment, readEnvironment } from '../../../infra/environment.ts';
import { bundleSources } from '../../../infra/pipeline-app.ts';
import { PipelineStack } from '../../../infra/pipeline-stack.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Validation by cdk-nag has a test of its own, and the CDK's own validation takes seconds for each stack. */
process.env.CDK_VALIDATION = 'false';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template has many kinds of properties, and each test knows those that it reads
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}

/** A stack's template as CloudFormation limits it: the size of its file and the number of its resources. */
export interface TemplateSize {
  readonly stack: string;
  readonly bytes: number;
  readonly resources: number;
}

export interface Synthesized {
  readonly environment: Environment;
  readonly stack: PipelineStack;
  readonly components: readonly Component[];
  /** The template of the stack, with the resources of its nested stacks. */
  readonly template: Template;
  readonly resources: Readonly<Record<string, Resource>>;
  /** The folder with the templates' files, as `cdk synth` writes it. */
  readonly folder: string;
  /** One for the stack and each nested stack. */
  readonly sizes: readonly TemplateSize[];
  /** Returns the logical id and the resource of every resource of a type. */
  readonly ofType: (type: string) => [string, Resource][];
}

/** The context of cdk.json: the environments, and the CDK's feature flags. */
export const { environments: ENVIRONMENTS, ...FLAGS } = (
  JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8')) as {
    context: { environments: Record<string, object> } & Record<string, unknown>;
  }
).context;

/** A VPC with everything that the setting knows. */
export const VPC = {
  id: 'vpc-0a1b2c3d',
  subnets: ['subnet-0a1b2c3d', 'subnet-0b1c2d3e'],
  routeTables: ['rtb-0a1b2c3d'],
  databasePorts: [3306, 3307],
  secretsEndpoint: true,
  dnsServers: ['10.1.0.53', '10.2.0.0/28'],
};
/** All settings that cdk.json does not use. */
export const OWN = {
  account: '123456789012',
  region: 'eu-west-1',
  terminationProtection: true,
  kmsKeyArns: ['arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000'],
  accountConcurrency: 1000,
  logBucket: 'existing-logs',
  outputBucket: 'existing-models',
  configRoot: 'zookeeper:zk1:2181,zk2:2181/app',
  vpc: VPC,
  readablePaths: ['s3://catalogues/shop'],
  secretPrefix: 'search/offline',
  alarmEmail: 'ops@example.com',
  alarmRunMinutes: 60,
  staleDays: 5,
  maxRejectRatio: 0.02,
  customMetrics: false,
  tags: { team: 'search' },
  maxConcurrency: 3,
};

/** The command `cdk` sets these, so that the template has as much metadata here as when it is deployed. */
const OF_THE_COMMAND = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** The build of the empty bundles. */
export const BUILD = '0123456789abcdef';

/**
 * @param context what `context` of cdk.json may hold besides the environments
 * @param change changes each component before it is deployed
 */
export function synthesized(
  name: string,
  settings: object = ENVIRONMENTS[name] ?? {},
  context: Readonly<Record<string, unknown>> = {},
  jobs: readonly AnyJob[] = JOBS,
  change: (component: Component) => Component = (component) => component,
): Synthesized {
  const environment = readEnvironment({ [name]: settings }, name);
  const components = componentsOf(environment, jobs).map(change);
  const folder = temporaryFolder();
  const folders = new Map(bundleSources(components).map(({ name: code }) => [code, emptyBundle(folder, code)]));
  const app = new App({
    analyticsReporting: false,
    outdir: temporaryFolder(),
    context: { ...FLAGS, ...OF_THE_COMMAND, ...context },
  });
  const stack = new PipelineStack(app, { environment, components, bundles: { build: BUILD, folders } });
  app.synth();
  const stacks = [stack, ...stack.node.children.filter((child) => NestedStack.isNestedStack(child))];
  const templates = stacks.map(({ templateFile }) => {
    const text = readFileSync(join(app.outdir, templateFile), 'utf8');
    return { text, json: JSON.parse(text) as { Resources: Record<string, Resource> } };
  });
  const resources = Object.fromEntries(templates.flatMap(({ json }) => Object.entries(json.Resources)));
  return {
    environment,
    stack,
    components,
    template: Template.fromJSON({ ...templates[0]!.json, Resources: resources }),
    resources,
    folder: app.outdir,
    sizes: templates.map(({ text, json }, at) => ({
      stack: stacks[at]!.node.id,
      bytes: Buffer.byteLength(text),
      resources: Object.keys(json.Resources).length,
    })),
    ofType: (type) => Object.entries(resources).filter(([, resource]) => resource.Type === type),
  };
}

function emptyBundle(folder: string, name: string): string {
  const at = join(folder, name);
  mkdirSync(at);
  writeFileSync(join(at, 'index.mjs'), `// ${name}\n`);
  return at;
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Returns all statements of a role. */
export const statementsOf = (role: Resource): Statement[] =>
  role.Properties.Policies.flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );

export const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
