/**
 * A deployed pipeline: the real stack of the CDK app on its own emulator, with a real ZooKeeper as configuration root. The
 * deployment puts a proxy between the functions and S3; no code of the product knows of it.
 */
import { CfnEventSourceMapping, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { deploy, type StackOutputs } from '../../localstack/deploy.ts';
import type { Emulator } from '../../localstack/emulator.ts';
import { type MariaDb, startMariaDb } from '../../localstack/mariadb.ts';
import { startEmulator } from '../../localstack/start-emulator.ts';
import { HttpProxy } from './http-proxy.ts';
import { startZooKeeper, type ZooKeeper } from './zookeeper.ts';

export interface DeployedPipeline extends AsyncDisposable {
  readonly environment: string;
  readonly emulator: Emulator;
  readonly zookeeper: ZooKeeper;
  /** The database of the jobs that read a catalogue, and of the table that similar-items fills. */
  readonly mariaDb: MariaDb;
  /** The proxy that passes every function's requests on to S3. */
  readonly s3Proxy: HttpProxy;
  readonly outputs: StackOutputs;
}

export interface DeployedSettings {
  readonly environment: string;
  /** The setting `quietMinutes` in seconds, so that it can be shorter than in cdk.json. */
  readonly quietSeconds: number;
}

/** Deploys the pipeline, which takes a minute on 2 cores. */
export async function deployPipeline({ environment, quietSeconds }: DeployedSettings): Promise<DeployedPipeline> {
  await using started = new AsyncDisposableStack();
  const [emulator, zookeeper, mariaDb] = await Promise.all([
    startEmulator().then((one) => started.adopt(one, () => one.stop())),
    startZooKeeper().then((one) => started.adopt(one, () => one.stop())),
    startMariaDb().then((one) => started.adopt(one, () => one.stop())),
  ]);
  const s3Proxy = started.use(await HttpProxy.to(emulator.endpoint));
  const outputs = await deploy(emulator, {
    environment,
    settings: { configRoot: `zookeeper:${zookeeper.hosts}`, removalPolicy: 'destroy' },
    adjust: (app) => {
      for (const node of app.node.findAll()) {
        // The events of files are handed over after a second, not after a minute.
        if (node instanceof CfnEventSourceMapping && node.maximumBatchingWindowInSeconds !== undefined) {
          node.maximumBatchingWindowInSeconds = 1;
        }
        if (!(node instanceof CfnFunction)) continue;
        node.addPropertyOverride('Environment.Variables.AWS_ENDPOINT_URL_S3', s3Proxy.url);
        node.addPropertyOverride('Environment.Variables.QUIET_MINUTES', String(quietSeconds / 60));
      }
    },
  });
  const running = started.move();
  return {
    environment,
    emulator,
    zookeeper,
    mariaDb,
    s3Proxy,
    outputs,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
