/**
 * One connection to ZooKeeper, and its end.
 *
 * The library reconnects by itself and keeps half an answer of the old connection before the new one's; in a partition it
 * waits for ever, and its `close` too. So a session here lives exactly as long as its connection: whatever ends it
 * (the connection breaks, the session expires, no answer in time) ends it for good, every call under way fails with
 * SessionLost, and whoever needs more opens another one.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import zookeeper, { type Client, type ZooKeeperException } from 'node-zookeeper-client';

/** The connection is gone. What was asked may have been done or not: only reading back tells. Never leaves the root. */
export class SessionLost extends Error {
  override name = 'SessionLost';
}

export interface SessionOptions {
  /** Addresses, not names: `10.0.0.1:2181,10.0.0.2:2181/chroot`. */
  readonly servers: string;
  readonly connectMs: number;
  readonly answerMs: number;
}

/** The library's state after its socket has closed for good. */
const CLOSED = -2;
/** The library waits up to this long before it tries the first server again. */
const SPIN_DELAY_MS = 100;
/** How long a server may take to answer the end of a session. */
const GOODBYE_MS = 500;
const CLOSE_POLL_MS = 5;

export class ZooKeeperSession {
  readonly #client: Client;
  readonly #answerMs: number;
  readonly #gone = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor({ servers, connectMs, answerMs }: SessionOptions) {
    this.#answerMs = answerMs;
    this.#client = zookeeper.createClient(servers, { sessionTimeout: connectMs, spinDelay: SPIN_DELAY_MS, retries: 0 });
    this.#guardSocketHandler();
  }

  /** @throws SessionLost when no server answers within `connectMs` or the signal is aborted */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(options);
    const client = session.#client;
    try {
      await session.#within(options.connectMs, 'no server could be connected to', signal, (connected) => {
        client.once('connected', connected);
        client.connect();
      });
    } catch (error) {
      await session.close();
      throw error;
    }
    for (const end of ['disconnected', 'expired', 'authenticationFailed']) {
      client.once(end, () => session.#lose(`the connection ended (${end})`));
    }
    return session;
  }

  /** Aborted once the session is of no more use; it then closes by itself. */
  get lost(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Sends one request and gives its answer.
   *
   * @throws SessionLost, or the server's refusal (ZooKeeperException)
   */
  call<T>(
    signal: AbortSignal,
    send: (client: Client, answer: (error: ZooKeeperException | null, value: T) => void) => void,
  ): Promise<T> {
    return this.#within(this.#answerMs, 'there was no answer', signal, (resolve: (value: T) => void, reject) => {
      send(this.#client, (error, value) => {
        if (error === null || error === undefined) resolve(value);
        else if (isLoss(error)) this.#lose(error.message);
        else reject(error);
      });
    });
  }

  /** Says goodbye to a server that listens, cuts the connection otherwise. Nothing stays open. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown(GOODBYE_MS);
    this.#gone.abort(new SessionLost('the session was closed'));
    return this.#closing;
  }

  #lose(reason: string): void {
    this.#closing ??= this.#shutDown(0);
    this.#gone.abort(new SessionLost(reason)); // aborting twice keeps the first reason
  }

  /** Runs a callback interface until it settles, the session is lost or `ms` have passed, which loses the session too. */
  async #within<T>(
    ms: number,
    what: string,
    signal: AbortSignal,
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const gone = this.#gone.signal;
    gone.throwIfAborted();
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const end = () => reject(gone.reason);
    // An answer that nobody waits for any more must not be acted on later: the connection goes with it.
    const stop = () => this.#lose('the deadline passed');
    const timer = setTimeout(() => this.#lose(`${what} within ${ms / 1000} s`), ms);
    gone.addEventListener('abort', end, { once: true });
    signal.addEventListener('abort', stop, { once: true });
    try {
      start(resolve, reject);
      return await promise;
    } finally {
      clearTimeout(timer);
      gone.removeEventListener('abort', end);
      signal.removeEventListener('abort', stop);
    }
  }

  async #shutDown(graceMs: number): Promise<void> {
    // After the library's own reconnecting, if it is in the middle of that: then there is a socket to close.
    await setImmediate();
    const manager = this.#client.connectionManager;
    if (manager.state !== CLOSED) this.#client.close();
    for (let waitedMs = 0; manager.state !== CLOSED; waitedMs += CLOSE_POLL_MS) {
      if (waitedMs >= graceMs) manager.socket?.destroy();
      await sleep(CLOSE_POLL_MS);
    }
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
  }

  /** The library throws within the socket's own event for an answer it does not know: that would end the process. */
  #guardSocketHandler(): void {
    const manager = this.#client.connectionManager;
    const read = manager.onSocketData;
    manager.onSocketData = (bytes) => {
      try {
        read.call(manager, bytes);
      } catch (error) {
        this.#lose(`the server's answer was not understood (${error instanceof Error ? error.message : error})`);
      }
    };
  }
}

const isLoss = (error: ZooKeeperException): boolean =>
  error.getCode() === zookeeper.Exception.CONNECTION_LOSS || error.getCode() === zookeeper.Exception.SESSION_EXPIRED;
