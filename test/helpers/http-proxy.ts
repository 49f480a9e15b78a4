/**
 * An HTTP proxy that tests put between functions and S3. It records every request with its answer, so that a test can see
 * that a fault really happened. It can hold a request back and refuse requests.
 */
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { listening } from './listening.ts';

export interface ProxiedRequest {
  readonly method: string;
  /** The path `/bucket/key`, decoded and without the query. */
  readonly path: string;
  /** The TCP port of its sender. */
  readonly port: number;
  /** The status of the answer; undefined as long as the request has no answer. */
  status?: number;
}

export type Matches = (request: ProxiedRequest) => boolean;

/** A request that is held back. */
export interface Held {
  /** Resolves to the request when it comes. */
  readonly reached: Promise<ProxiedRequest>;
  /** Passes the request on to the server, even when its sender has ended. */
  pass(): void;
  /** Breaks the connection of the request, which never reaches the server. */
  drop(): void;
}

interface Trap {
  readonly matches: Matches;
  readonly spring: (request: ProxiedRequest) => Promise<'pass' | 'drop'>;
}

const REFUSAL = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error>';

export class HttpProxy implements AsyncDisposable {
  /** All requests in the order in which they came. */
  readonly requests: ProxiedRequest[] = [];
  readonly #traps = new Set<Trap>();
  readonly #refusals = new Set<Matches>();
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, answer) => void this.#serve(incoming, answer));
  }

  /** @param target `http://host:port` */
  static async to(target: string): Promise<HttpProxy> {
    const proxy = new HttpProxy(target);
    await listening(proxy.#server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Holds the first request that matches; later requests pass. */
  hold(matches: Matches): Held {
    const reached = Promise.withResolvers<ProxiedRequest>();
    const fate = Promise.withResolvers<'pass' | 'drop'>();
    const trap: Trap = {
      matches,
      spring: (request) => {
        this.#traps.delete(trap);
        reached.resolve(request);
        return fate.promise;
      },
    };
    this.#traps.add(trap);
    return { reached: reached.promise, pass: () => fate.resolve('pass'), drop: () => fate.resolve('drop') };
  }

  /** Answers 403 to every request that matches, as S3 does when a right is missing, until the returned function is called. */
  refuse(matches: Matches): () => void {
    this.#refusals.add(matches);
    return () => this.#refusals.delete(matches);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = incoming;
    const path = decodeURIComponent(url.split('?', 1)[0]!);
    const request: ProxiedRequest = { method, path, port: incoming.socket.remotePort ?? 0 };
    this.requests.push(request);
    const cut = () => void incoming.socket.destroy();
    incoming.on('error', cut);
    // The body is read first, so that a request that is held back can still be sent after its sender has been killed.
    const body = Buffer.concat(await incoming.toArray());
    if ([...this.#refusals].some((matches) => matches(request))) {
      request.status = 403;
      answer.writeHead(403, { 'content-type': 'application/xml' }).end(REFUSAL);
      return;
    }
    const trap = [...this.#traps].find(({ matches }) => matches(request));
    if ((await trap?.spring(request)) === 'drop') return cut();
    const { hostname, port } = this.#target;
    const passed = httpRequest({ hostname, port, method, path: url, headers }, (answered) => {
      request.status = answered.statusCode ?? 0;
      answer.writeHead(request.status, answered.headers);
      answered.pipe(answer);
    });
    passed.on('error', cut);
    passed.end(body);
  }
}
