import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * The first of the ports to choose from. They are below the ranges that Linux (from 32768) and macOS (from 49152) give to
 * outgoing connections, so that no connection of a test run takes a free port before the emulator listens on it.
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;

/** Returns a TCP port on 127.0.0.1 on which nothing listens now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORT_COUNT);
    if (await isFree(port)) return port;
  }
}

/** True when a server could listen on this TCP port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
