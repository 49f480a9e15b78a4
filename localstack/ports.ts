import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports from here on are below the range that Linux (32768) and macOS (49152) give to outgoing connections: a port that
 * was free a moment ago is not taken by one of the many connections of a test run before the emulator listens on it.
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;

/** A TCP port on 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORT_COUNT);
    if (await isFree(port)) return port;
  }
}

/** Whether one could listen on this TCP port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
