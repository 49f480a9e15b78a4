/**
 * A TCP proxy that tests put between a client and a server, to break their connection at a chosen request.
 *
 * It reads protocols whose messages are frames: a length in four bytes, big-endian, and then so many bytes. `fired` lists
 * the faults that have happened, so that a test can see that its fault was made.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listening } from './listening.ts';

/**
 * The fate of a request:
 * - `forward`: the request passes;
 * - `cut before`: the connection breaks, and the server never sees the request;
 * - `cut after`: the server answers the request, and the connection breaks before the answer passes;
 * - `swallow`: this and all later requests of the connection vanish, while the server's messages still pass; `fired` also
 *   says when the server closes such a connection;
 * - `partition`: nothing passes on any old or new connection until `heal`;
 * - `delayMs`: the request reaches the server so much later, even when the client has closed its connection.
 */
export type Fate = 'forward' | 'cut before' | 'cut after' | 'swallow' | 'partition' | { readonly delayMs: number };

/** Decides the fate of a request from its bytes after the length and its index in its connection, from 0. */
export type Rule = (frame: Buffer, index: number) => Fate;

export class TcpProxy implements AsyncDisposable {
  /** The rule of the requests, which a test may replace at any time. */
  rule: Rule = () => 'forward';
  /** The faults that happened, in order. */
  readonly fired: string[] = [];
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** True during a partition. A connection that was open during a partition passes nothing afterwards. */
  #partitioned = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async to(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await listening(proxy.#server);
    return proxy;
  }

  get hosts(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The number of open sockets on both sides. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  heal(): void {
    this.#partitioned = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    const requests = new FrameReader();
    const answers = new FrameReader();
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    let index = 0;
    let swallowing = false;
    let silent = this.#partitioned;
    /** The first four bytes of the request whose answer breaks the connection. The answer begins with the same bytes. */
    let awaited: number | undefined;
    let toServer: Promise<void> = Promise.resolve(); // Keeps delayed requests in order.

    const request = (frame: Buffer) => {
      const fate = this.rule(frame, index++);
      if (typeof fate === 'string' && fate !== 'forward') this.fired.push(fate);
      if (fate === 'cut before') return cut();
      if (fate === 'cut after') awaited = frame.readInt32BE(0);
      if (fate === 'swallow') swallowing = true;
      if (fate === 'partition') this.#partitioned = true;
      if (this.#partitioned) silent = true;
      if (swallowing || silent) return;
      toServer = toServer.then(async () => {
        if (typeof fate === 'object') await sleep(fate.delayMs);
        if (server.destroyed) return;
        server.write(framed(frame));
        if (typeof fate === 'object') this.fired.push(`delivered after ${fate.delayMs} ms`);
      });
    };
    const answer = (frame: Buffer) => {
      if (this.#partitioned) silent = true;
      if (silent || client.destroyed) return;
      if (awaited !== undefined && frame.readInt32BE(0) === awaited) return cut();
      client.write(framed(frame));
    };
    client.on('data', (bytes: Buffer) => requests.read(bytes).forEach(request));
    server.on('data', (bytes: Buffer) => answers.read(bytes).forEach(answer));
    client.on('close', () => {
      if (!silent) toServer = toServer.then(() => void server.end());
      else server.destroy();
    });
    server.on('end', () => {
      if (swallowing && !client.destroyed) this.fired.push('closed by the server');
    });
    server.on('close', () => {
      if (!silent) client.destroy();
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy()); // One side reset the connection; 'close' closes the other side.
      socket.on('close', () => this.#sockets.delete(socket));
    }
  }
}

const framed = (frame: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
};

/** Joins chunks and cuts them into frames. */
class FrameReader {
  #rest = Buffer.alloc(0);

  read(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readInt32BE(0)) {
      const end = 4 + this.#rest.readInt32BE(0);
      frames.push(this.#rest.subarray(4, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}
