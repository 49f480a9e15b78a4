/** A server on a free loopback port that accepts connections and never answers. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from './listening.ts';

export class SilentServer implements AsyncDisposable {
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #connected = Promise.withResolvers<void>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    this.#connected.resolve();
  });

  static async start(): Promise<SilentServer> {
    const silent = new SilentServer();
    silent.port = await listening(silent.#server);
    return silent;
  }

  /** The number of connections that it has accepted. */
  get accepted(): number {
    return this.#sockets.size;
  }

  /** Resolves when the first connection has come. */
  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
