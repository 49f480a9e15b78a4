/** `npm run localstack:day -- 2011-12-08`: copies a day of the test data into the pipeline that `npm run localstack` runs. */
import { existsSync, readFileSync } from 'node:fs';
import { SetUpError, UsageError } from '../shared/errors.ts';
import { openStore } from '../shared/store/open-store.ts';
import type { StackOutputs } from './deploy.ts';
import { dropDay, RUNNING } from './seed.ts';

try {
  if (!existsSync(RUNNING))
    throw new SetUpError('No pipeline is running here: run `npm run localstack` in another terminal');
  const { env, outputs } = JSON.parse(readFileSync(RUNNING, 'utf8')) as {
    readonly env: Record<string, string>;
    readonly outputs: StackOutputs;
  };
  Object.assign(process.env, env);
  // The log root is `s3://<bucket>/actions.`, and the bucket holds the days' folders.
  const bucket = new URL(outputs.LogRoot).hostname;
  for (const key of await dropDay(await openStore(`s3://${bucket}`), process.argv[2] ?? '')) {
    process.stdout.write(`s3://${bucket}/${key}\n`);
  }
} catch (error) {
  if (!(error instanceof SetUpError || error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
