import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readSecret, secretName } from '../../../shared/config/secrets.ts';
import { listening } from '../../helpers/listening.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('references to secrets', () => {
  test.each([
    ['secret:shop', 'shop'],
    [' secret:offline-prod/shop_1/db+=.@- ', 'offline-prod/shop_1/db+=.@-'],
    ['jdbc:mysql://h/d', undefined],
    ['', undefined],
  ])('The name of the secret in %j is read', (text, name) => {
    expect(secretName(text)).toBe(name);
  });

  test.each(['', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/./b', 'a b', 'a\nb', 'ä', 'a'.repeat(513)])(
    'The reference secret:%j is refused',
    (name) => {
      expect(() => secretName(`secret:${name}`)).toThrow('names no secret');
    },
  );
});

describe('secrets on the local machine', () => {
  const folder = temporaryFolder();

  test('A secret is read from the environment first and then from the folder', async () => {
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'db'), 'from the file\n');
    const inFolder = { SECRETS_FOLDER: folder };
    expect(await readSecret('shop/db', inFolder)).toBe('from the file');
    expect(await readSecret('shop/db', { ...inFolder, SECRET_SHOP_DB: 'from the environment' })).toBe(
      'from the environment',
    );
  });

  test.each([
    [{}, 'set the environment variable SECRET_SHOP_X'],
    [{ SECRETS_FOLDER: '/nowhere' }, '/nowhere/shop/x'],
    [{ SECRET_SHOP_X: '\n' }, 'secret:shop/x is empty'],
  ])('With the environment %j the error says where the secret was sought', async (environment, why) => {
    await expect(readSecret('shop/x', environment)).rejects.toThrow(why);
  });
});

describe('secrets in Lambda', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** Reads a secret from a test server that answers in place of Secrets Manager. */
  async function readInLambda(status: number, answer: object): Promise<{ secret: string; request: string }> {
    let request = '';
    const server = createServer(async (incoming, outgoing) => {
      request = `${incoming.headers['x-amz-target']} `;
      for await (const chunk of incoming) request += chunk;
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${await listening(server)}`);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    try {
      const environment = { AWS_LAMBDA_FUNCTION_NAME: 'f', SECRET_SHOP_DB: 'not this one' };
      return { secret: await readSecret('shop/db', environment), request };
    } finally {
      server.close();
    }
  }

  test('In Lambda only Secrets Manager is asked', async () => {
    expect(await readInLambda(200, { SecretString: 'jdbc:…' })).toEqual({
      secret: 'jdbc:…',
      request: 'secretsmanager.GetSecretValue {"SecretId":"shop/db"}',
    });
  });

  test.each([
    [400, { __type: 'ResourceNotFoundException', message: 'no such' }, 'ConfigError', 'not in Secrets Manager'],
    [400, { __type: 'AccessDeniedException', message: 'no' }, 'AccessDeniedError', 'secretsmanager:GetSecretValue'],
    [400, { __type: 'AccessDeniedException', message: 'no' }, 'AccessDeniedError', "the environment's secretPrefix"],
    [200, { SecretBinary: 'AAAA' }, 'ConfigError', 'store it as text'],
    [400, { __type: 'InternalServiceError', message: 'later' }, 'StoreUnavailableError', 'later'],
  ])('The answer %i %j becomes a named error', async (status, answer, name, why) => {
    await expect(readInLambda(status, answer)).rejects.toMatchObject({ name, message: expect.stringContaining(why) });
  });
});
