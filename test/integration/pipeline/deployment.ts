/** A deployment in the middle of a run: the execution ends with the names of both builds, and the next one goes on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import { BUNDLES } from '../../../infra/bundle.ts';
import { functionName } from '../../../infra/names.ts';
import { actionLines } from '../../../shared/example/actions.ts';
import { buildStatement } from '../../../shared/job/build.ts';
import { dayFolder, jobWorkFolder } from '../../../shared/store/keys.ts';
import { clientOptions, until, zipOf } from '../../helpers/localstack.ts';
import type { PipelineOutside } from '../../helpers/pipeline-outside.ts';
import { expectSameFiles } from '../../helpers/same-bytes.ts';
import { WITHIN_MS } from './options.ts';

const JOB = jobNamed('sessionitems');
const DAY = 21_000;
const OTHER_BUILD = 'ffffffffffffffff';

export function deploymentSuite(pipeline: () => PipelineOutside): void {
  const output = (client: string): string => dayFolder(client, JOB.writes, DAY);

  /** Puts the same actions for every client. */
  async function putActions(client: string): Promise<void> {
    const lines = actionLines({ users: 300, items: 50, actions: 3_000, parts: 1, seed: 7 });
    await pipeline().outputs.put(`${dayFolder(client, 'actions', DAY)}part-00000`, `${lines.join('\n')}\n`);
  }

  /** Starts a run that fans out, because a folded run has one function, which a deployment replaces before or after it. */
  const start = (client: string): Promise<string> => {
    const settings = { startDay: DAY, fold: 'never' };
    return pipeline().startExecution(pipeline().machine(JOB.name), { client, settings, shards: 2 });
  };

  const files = async (client: string): Promise<Map<string, string>> =>
    new Map([...(await pipeline().published(output(client)))].map(([key, text]) => [key.split('/').at(-1)!, text]));

  test(
    'a run that a deployment overtakes publishes nothing, and the next execution does what is missing',
    async () => {
      const { s3Proxy, emulator, environment } = pipeline().deployed;
      const [undisturbed, overtaken] = ['calm', 'overtaken'];
      for (const client of [undisturbed, overtaken]) await putActions(client);
      expect(await pipeline().ended(await start(undisturbed))).toMatchObject({ status: 'SUCCEEDED' });

      const isShard = (path: string): boolean =>
        path.includes(jobWorkFolder(JOB.name, overtaken)) && /\/\d{5}$/.test(path);
      const written = (from: number): string[] =>
        s3Proxy.requests
          .slice(from)
          .flatMap(({ method, path, status }) => (method === 'PUT' && status === 200 && isShard(path) ? [path] : []));
      const from = s3Proxy.requests.length;
      const held = s3Proxy.hold(({ method, path }) => method === 'PUT' && isShard(path) && path.endsWith('/cut/00001'));
      const first = await start(overtaken);
      await held.reached;
      const lambda = new LambdaClient(clientOptions(emulator));
      const name = functionName(environment, JOB.name, 'publish');
      await deployCode(lambda, name, (code) => code.replace(STATEMENT, buildStatement(OTHER_BUILD)));
      held.pass();
      const ended = await pipeline().ended(first);
      expect(ended).toMatchObject({ status: 'FAILED', error: 'DeploymentChangedError' });
      expect(JSON.parse(ended.cause!).errorMessage).toMatch(
        new RegExp(
          `step publish: this execution began with build [0-9a-f]{16}, and build ${OTHER_BUILD} is deployed now`,
        ),
      );
      expect(await pipeline().objects(output(overtaken))).toEqual([]);
      const before = written(from);
      expect(before.length).toBeGreaterThan(3);

      await deployCode(lambda, name, (code) => code);
      const again = s3Proxy.requests.length;
      expect(await pipeline().ended(await start(overtaken))).toMatchObject({ status: 'SUCCEEDED' });
      expect(written(again)).toEqual([]);
      expectSameFiles(await files(overtaken), await files(undisturbed));
      lambda.destroy();
    },
    WITHIN_MS,
  );
}

/** The first statement of a bundle. */
const STATEMENT = /^process\.env\.BUILD="[0-9a-f]{16}";/;

/** Replaces the code of a function of the job by the bundle, changed, and waits until new calls run it. */
async function deployCode(lambda: LambdaClient, name: string, change: (code: string) => string): Promise<void> {
  const bundle = readFileSync(join(BUNDLES, JOB.name, 'index.mjs'), 'utf8');
  expect(bundle).toMatch(STATEMENT);
  const ZipFile = zipOf({ 'index.mjs': change(bundle) });
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
  await until(`function ${name} has its new code`, async () => {
    const { LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    return LastUpdateStatus === 'Successful';
  });
}
