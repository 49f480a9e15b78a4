/**
 * Tests the messages and the behaviour of an S3 client with silent, missing and busy endpoints, using real sockets and
 * short limits.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreTimeoutError, StoreUnavailableError } from '../../shared/errors.ts';
import { createS3Client, type S3Patience } from '../../shared/store/s3-client.ts';
import { S3Store } from '../../shared/store/s3-store.ts';
import { hearWaits } from '../../shared/wait.ts';
import { listening } from '../helpers/listening.ts';

/** Two silent attempts are enough, and every request is reported. */
const SHORT: S3Patience = { attempts: 3, silentMs: 60, idleMs: 40, firstLineMs: 0 };

const lines: string[] = [];
const servers: Server[] = [];
const sockets = new Set<Socket>();
let buckets = 0;
let stop: () => void;

beforeEach(() => {
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  lines.length = 0;
  stop = hearWaits(({ text }) => lines.push(text));
});
afterEach(() => {
  stop();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/**
 * Returns a store whose endpoint is this server. Each store has its own bucket, because lines are counted by bucket.
 */
async function storeAt(server: Server): Promise<{ store: S3Store; bucket: string }> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  const bucket = `bucket-${buckets++}`;
  const endpoint = `http://127.0.0.1:${await listening(server)}`;
  const client = createS3Client({ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' }, SHORT);
  return { store: new S3Store(client, bucket), bucket };
}

test('A silent endpoint is reported and then abandoned with an error that steps do not retry', async () => {
  let connections = 0;
  const { store, bucket } = await storeAt(createServer(() => void connections++));
  const error = await store.get('models/x').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreTimeoutError);
  expect((error as Error).message).toMatch(
    new RegExp(`^GetObject s3://${bucket}: no answer within \\d+ s, in [12] attempts\\. Check AWS_ENDPOINT_URL`),
  );
  expect(connections).toBe(Number(/in (\d) attempts/.exec((error as Error).message)?.[1]));
  expect(lines[0]).toMatch(
    new RegExp(
      `^waiting for s3://${bucket} \\(GetObject\\): no answer yet; attempt 1 of 3, \\d s so far, ends after 3 attempts or 0\\.06 s without an answer$`,
    ),
  );
});

test('The answer of a busy endpoint is reported, and the client still retries', async () => {
  let requests = 0;
  const busy = createHttpServer((request, answer) => {
    requests += 1;
    request.resume();
    answer.writeHead(503).end('<Error><Code>SlowDown</Code><Message>CANARY</Message></Error>');
  });
  const { store, bucket } = await storeAt(busy);
  await expect(store.put('x', 'x')).rejects.toThrow(StoreUnavailableError);
  expect(requests).toBe(3);
  expect(lines.join('\n')).toContain(`waiting for s3://${bucket} (PutObject): `);
  expect(lines.join('\n')).not.toContain('CANARY');
});

test('A read of an object whose body stops is continued after its first bytes', async () => {
  const stalling = createHttpServer((request, answer) => {
    request.resume();
    if (request.headers.range === undefined) answer.writeHead(200, { 'content-length': '4', etag: '"e"' });
    else answer.writeHead(206, { 'content-length': '3', 'content-range': 'bytes 1-3/4', etag: '"e"' });
    if (request.headers.range === undefined) answer.write('a');
    else answer.end('bcd');
  });
  const { store } = await storeAt(stalling);
  expect(new TextDecoder().decode((await store.get('x')).bytes)).toBe('abcd');
});
