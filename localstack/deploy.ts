/** Deploys the pipeline to an emulator as it is deployed to AWS: the stack of the CDK app, by the CDK's command. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { App } from 'aws-cdk-lib';
import { stackName } from '../infra/names.ts';
import { pipelineApp } from '../infra/pipeline-app.ts';
import { SetUpError } from '../shared/errors.ts';
import { EMULATOR_ACCOUNT, EMULATOR_REGION } from './connection.ts';
import type { Emulator } from './emulator.ts';

const CDK = fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url));
const MAX_OUTPUT_BYTES = 64 << 20;

/** Returns the context of cdk.json, which holds the CDK's feature flags besides the environments. */
const contextOfCdk = (): Record<string, unknown> =>
  (JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as { context: Record<string, unknown> })
    .context;

/** The outputs of the stack that callers use. */
export interface StackOutputs {
  /** `s3://<bucket>/<the prefix of all days' folders>` */
  readonly LogRoot: string;
  readonly OutputRoot: string;
  readonly ConfigRoot: string;
}

export interface Deployment {
  readonly environment: string;
  /** The settings of the environment, as `cdk.json` has them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Changes the stack before it is synthesized. */
  readonly adjust?: (app: App) => void;
}

/**
 * Deploys the stack. This takes 40 s on 2 cores, because LocalStack makes one resource after another.
 *
 * @throws SetUpError with the output of the CDK's command
 */
export async function deploy(emulator: Emulator, { environment, settings, adjust }: Deployment): Promise<StackOutputs> {
  // The CDK's command overwrites `cdk.out` in its working folder, so it gets a folder of its own.
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  const cdk = async (...args: string[]): Promise<void> => {
    // An AWS profile of the developer would take precedence over the emulator's keys.
    const { AWS_PROFILE: _, ...inherited } = process.env;
    const env = { ...inherited, ...emulator.env, CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' };
    const options = { cwd: folder, env, maxBuffer: MAX_OUTPUT_BYTES };
    try {
      await promisify(execFile)(process.execPath, [CDK, ...args, '--no-notices'], options);
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      throw new SetUpError(
        `'cdk ${args[0]}' failed on ${emulator.endpoint}:\n${stderr?.slice(-4_000) ?? String(error)}`,
      );
    }
  };
  try {
    const outdir = join(folder, 'app');
    const synthesize = async () => {
      const context = { ...contextOfCdk(), env: environment, environments: { [environment]: settings } };
      const app = await pipelineApp({ outdir, context });
      adjust?.(app);
      app.synth();
    };
    await Promise.all([synthesize(), cdk('bootstrap', `aws://${EMULATOR_ACCOUNT}/${EMULATOR_REGION}`)]);
    const stack = stackName(environment);
    const outputs = join(folder, 'outputs.json');
    await cdk('deploy', stack, '--app', outdir, '--require-approval', 'never', '--outputs-file', outputs);
    return (JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, StackOutputs>)[stack]!;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
