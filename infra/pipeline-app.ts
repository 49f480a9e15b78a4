/** The CDK app: one environment's stack, from its settings and the registry of jobs. */
import { App, type AppProps } from 'aws-cdk-lib';
import { JOBS } from '../functions/index.ts';
import { ConfigError } from '../shared/errors.ts';
import type { AnyJob } from '../shared/job/job.ts';
import { type BundleSource, bundleFunctions } from './bundle.ts';
import type { Component } from './component.ts';
import { componentsOf } from './components.ts';
import { readEnvironment } from './environment.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { checkTarget, credentialsOf } from './target.ts';

/**
 * Bundles the functions and builds the app. The caller calls `synth()`. The context has `environments` (from cdk.json) and
 * `env`, the name of one of them. `jobs=none` in the context leaves out the jobs' functions and machines, for a deployment
 * between two that have a resource of one name in different stacks.
 *
 * @param jobs the jobs to deploy. Default: all of the registry
 * @throws ConfigError for a wrong, missing or unknown environment or setting
 */
export async function pipelineApp(props: AppProps = {}, jobs: readonly AnyJob[] = JOBS): Promise<App> {
  const app = new App({ analyticsReporting: false, ...props });
  const context = (key: string): unknown => app.node.tryGetContext(key);
  const environment = readEnvironment(context('environments'), context('env'));
  checkTarget(environment, credentialsOf(process.env));
  const components = componentsOf(environment, jobs);
  const bundles = await bundleFunctions(bundleSources(components));
  const deployed = leavesOutJobs(context('jobs')) ? components.filter(({ isJob }) => !isJob) : components;
  new PipelineStack(app, { environment, components: deployed, bundles });
  return app;
}

function leavesOutJobs(jobs: unknown): boolean {
  if (jobs === undefined || jobs === 'none') return jobs === 'none';
  throw new ConfigError(
    `-c jobs=${String(jobs)}: allowed is only jobs=none, which leaves out the jobs of one deployment`,
  );
}

/** Returns a bundle for each folder of `functions/`, with the handlers of all components whose code is in the folder. */
export function bundleSources(components: readonly Component[]): BundleSource[] {
  return [...Map.groupBy(components, ({ code }) => code)].map(([name, parts]) => {
    const handlers = parts.flatMap(({ functions }) => functions.map((spec) => spec.name));
    const former = new Set(parts.flatMap(({ formerFunctions }) => formerFunctions)).difference(new Set(handlers));
    return { name, handlers, former: [...former] };
  });
}
