/** A proxy between a MySQL client and a server that breaks the connection at a chosen statement. */
import { once } from 'node:events';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { listening } from './listening.ts';

export class SqlProxy implements AsyncDisposable {
  /** The beginnings of the statements since the last `breakAt`. */
  readonly statements: string[] = [];
  /** The number of connections that it has broken since the last `breakAt`. */
  fired = 0;
  #at = Number.POSITIVE_INFINITY;
  #when: 'before' | 'after' = 'before';
  readonly #server = createServer((client) => this.#serve(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
  }

  /** Listens on a free port, to which it resolves. */
  listen(): Promise<number> {
    return listening(this.#server);
  }

  /** Breaks the connection before the server gets the statement of this number, or after it has answered it. */
  breakAt(statement: number, when: 'before' | 'after'): void {
    this.statements.length = 0;
    this.fired = 0;
    this.#at = statement;
    this.#when = when;
  }

  #serve(client: Socket): void {
    const target = connectTo(this.#target, '127.0.0.1');
    let isCut = false;
    const cut = () => {
      this.fired++;
      client.destroy();
      target.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      // The fourth byte of a packet is its number, and the fifth of the first packet is the command, 3 for a query.
      if (bytes[3] === 0 && bytes[4] === 0x03) {
        const isNext = this.statements.push(bytes.toString('latin1', 5, 45)) - 1 === this.#at;
        if (isNext && this.#when === 'before') return cut();
        if (isNext) isCut = true;
      }
      target.write(bytes);
    });
    target.on('data', (bytes: Buffer) => (isCut ? cut() : client.write(bytes)));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => other.destroy());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
