/** Tests what happens with a bucket in another region: a function refuses it, and the command line follows S3's hint. */
import { createServer } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { createS3Client } from '../../../shared/store/s3-client.ts';
import { S3Store } from '../../../shared/store/s3-store.ts';
import { listening } from '../../helpers/listening.ts';

afterEach(() => void vi.unstubAllEnvs());

/** Lists a bucket of eu-west-1 with a client of us-east-1, and returns the regions of the requests too. */
async function listElsewhere(env: NodeJS.ProcessEnv): Promise<{ outcome: unknown; regions: string[] }> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const regions: string[] = [];
  const server = createServer(({ headers }, response) => {
    const region = /\/([\w-]+)\/s3\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '';
    regions.push(region);
    if (region === 'eu-west-1') response.end('<ListBucketResult></ListBucketResult>');
    else {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' });
      response.end('<Error><Code>PermanentRedirect</Code><Message>another endpoint</Message></Error>');
    }
  });
  const endpoint = `http://127.0.0.1:${await listening(server)}`;
  const client = createS3Client({ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', ...env });
  try {
    const keys: string[] = [];
    for await (const { key } of new S3Store(client, 'logs').list('')) keys.push(key);
    return { outcome: keys, regions };
  } catch (error) {
    return { outcome: error, regions };
  } finally {
    client.destroy();
    server.close();
  }
}

test('A function refuses a bucket in another region at its first request, and says where buckets must be', async () => {
  const { outcome, regions } = await listElsewhere({ AWS_LAMBDA_FUNCTION_NAME: 'offline-dev-arrival-sweep' });
  expect(outcome).toBeInstanceOf(ConfigError);
  expect((outcome as Error).message).toContain(
    "the bucket is in another region. The buckets of an environment must be in its own; on your machine, set AWS_REGION to the bucket's.",
  );
  expect(regions).toEqual(['us-east-1']);
});

test('The command line follows the hint', async () => {
  expect(await listElsewhere({})).toEqual({ outcome: [], regions: ['us-east-1', 'eu-west-1'] });
});
