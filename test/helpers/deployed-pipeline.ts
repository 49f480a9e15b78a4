/**
 * The pipeline as it is deployed: the real stack of the CDK app, on an emulator of its own, with a real ZooKeeper as
 * configuration root. A proxy stands between the functions and S3, by the deployment alone: no code knows of it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { groupActions } from '../../functions/group-actions/job.ts';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { stackName } from '../../infra/names.ts';
import { pipelineApp } from '../../infra/pipeline-app.ts';
import { EMULATOR_ACCOUNT, EMULATOR_REGION } from '../../localstack/connection.ts';
import { type Emulator, startEmulator } from '../../localstack/emulator.ts';
import { type MariaDb, startMariaDb } from '../../localstack/mariadb.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { HttpProxy } from './http-proxy.ts';
import { startZooKeeper, type ZooKeeper } from './zookeeper.ts';

const CDK = new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url).pathname;

/** The stack's outputs that tests go by. */
export interface StackOutputs {
  /** `s3://bucket/actions.` */
  readonly LogRoot: string;
  /** `s3://bucket/models` */
  readonly OutputRoot: string;
}

export interface DeployedPipeline extends AsyncDisposable {
  readonly environment: string;
  readonly emulator: Emulator;
  readonly zookeeper: ZooKeeper;
  /** For the jobs that read a catalogue. */
  readonly mariaDb: MariaDb;
  /** What every function goes through to S3. */
  readonly s3Proxy: HttpProxy;
  readonly outputs: StackOutputs;
}

export interface DeployedSettings {
  readonly environment: string;
  /** Those deployed, however many the registry has: each takes ten seconds. */
  readonly jobs?: readonly AnyJob[];
  /** The setting `quietMinutes`, shorter than cdk.json would have it. */
  readonly quietSeconds: number;
}

/** Takes a minute on 2 cores. */
export async function deployPipeline({
  environment,
  quietSeconds,
  jobs = [groupActions, matrixFactorization],
}: DeployedSettings): Promise<DeployedPipeline> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(mkdtempSync(join(tmpdir(), 'pipeline-')), (path) => rmSync(path, { recursive: true }));
  const [emulator, zookeeper, mariaDb] = await Promise.all([
    startEmulator().then((one) => started.adopt(one, () => one.stop())),
    startZooKeeper().then((one) => started.adopt(one, () => one.stop())),
    startMariaDb().then((one) => started.adopt(one, () => one.stop())),
  ]);
  const s3Proxy = started.use(await HttpProxy.to(emulator.endpoint));

  const app = join(folder, 'app');
  const { AWS_PROFILE: _, ...inherited } = process.env;
  const env = { ...inherited, ...emulator.env, CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const cdk = (...args: string[]) =>
    promisify(execFile)(process.execPath, [CDK, ...args, '--no-notices'], { cwd: folder, env });
  const synthesize = async () => {
    const settings = { configRoot: `zookeeper:${zookeeper.hosts}`, removalPolicy: 'destroy' };
    const context = { env: environment, environments: { [environment]: settings } };
    const made = await pipelineApp({ outdir: app, context }, jobs);
    for (const node of made.node.findAll()) {
      if (!(node instanceof CfnFunction)) continue;
      node.addPropertyOverride('Environment.Variables.AWS_ENDPOINT_URL_S3', s3Proxy.url);
      node.addPropertyOverride('Environment.Variables.QUIET_MINUTES', String(quietSeconds / 60));
    }
    made.synth();
  };
  await Promise.all([synthesize(), cdk('bootstrap', `aws://${EMULATOR_ACCOUNT}/${EMULATOR_REGION}`)]);
  const stack = stackName(environment);
  const outputs = join(folder, 'outputs.json');
  await cdk('deploy', stack, '--app', app, '--require-approval', 'never', '--outputs-file', outputs);

  const running = started.move();
  return {
    ...{ environment, emulator, zookeeper, mariaDb, s3Proxy },
    outputs: (JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, StackOutputs>)[stack] as StackOutputs,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
