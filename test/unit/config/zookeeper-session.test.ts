/** Tests answers that a real server cannot easily be made to give, and servers that are not ZooKeeper. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ZooKeeperConfigRoot } from '../../../shared/config/zookeeper-config-root.ts';
import { ActivationUnavailableError } from '../../../shared/errors.ts';
import { hearWaits } from '../../../shared/wait.ts';
import { listening } from '../../helpers/listening.ts';

async function failureAt(serve: (socket: Socket) => void): Promise<Error> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  const port = await listening(server);
  try {
    await using root = new ZooKeeperConfigRoot(`127.0.0.1:${port}`, 600);
    return await root.read('/x').then(
      () => new Error('there was an answer'),
      (error: Error) => error,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

/**
 * Source: the protocol's `ConnectResponse` and `ReplyHeader`. All numbers are big-endian and follow four bytes of
 * length.
 */
const connectResponse = Buffer.concat([
  Buffer.from([0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0x10, 0]),
  Buffer.alloc(8 + 4 + 16),
]);
connectResponse.writeInt32BE(16, 20); // the length of the password
const THROTTLED = -127; // sent by ZooKeeper 3.7 and newer, unknown to node-zookeeper-client 1.1.3
const reply = Buffer.alloc(4 + 4 + 8 + 4);
reply.writeInt32BE(16, 0);
reply.writeInt32BE(THROTTLED, 16);

test('An error code unknown to the client library counts as a lost session and does not end the process', async () => {
  let requests = 0;
  const error = await failureAt((socket) => {
    let connected = false;
    socket.on('data', () => {
      if (connected) requests += 1;
      socket.write(connected ? reply : connectResponse);
      connected = true;
    });
  });
  expect(requests).toBeGreaterThan(1); // the request was repeated
  expect(error).toBeInstanceOf(ActivationUnavailableError);
  expect(error.message).toContain("the server's answer was not understood (Unknown code: -127)");
});

test.each([
  ['says nothing', () => {}],
  ['speaks HTTP', (socket: Socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
  ['hangs up', (socket: Socket) => void socket.end()],
])('A server that %s causes a named error, and the wait is reported', async (_, serve) => {
  const lines: string[] = [];
  const stop = hearWaits(({ text }) => lines.push(text));
  const error = await failureAt(serve);
  stop();
  expect(error).toBeInstanceOf(ActivationUnavailableError);
  expect(error.message).toContain('not done within 0.6 s');
  // The first failed attempt is reported with the awaited event and the end of the wait.
  expect(lines[0]).toMatch(
    /^waiting for ZooKeeper at 127\.0\.0\.1:\d+ \(reading \/x\): .+; attempt 2, \d s so far, ends after 0\.6 s$/,
  );
});
