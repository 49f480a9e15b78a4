/**
 * One session with ZooKeeper over one connection.
 *
 * The library reconnects automatically, and may then read half an answer of the old connection before the new one's. In a
 * network partition it waits for ever, and so does its `close`. A session of this class therefore ends with its connection:
 * when the connection breaks, the session expires or an answer is late, all open calls fail with SessionLost, and the caller
 * opens another session.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import zookeeper, { type Client, type ZooKeeperException } from 'node-zookeeper-client';

/**
 * The session has ended. An open request may have been done or not, and only reading tells. Callers of the root never see
 * this error.
 */
export class SessionLost extends Error {
  override name = 'SessionLost';
}

export interface SessionOptions {
  /** Addresses, not names: `10.0.0.1:2181,10.0.0.2:2181/chroot`. */
  readonly servers: string;
  readonly connectMs: number;
  readonly answerMs: number;
}

/** The library's state after its socket has closed finally. */
const CLOSED = -2;
/** The library waits up to this long before it tries the first server again. */
const SPIN_DELAY_MS = 100;
/** The time limit for a server's answer to the end of a session. */
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

  /** Opens a session. @throws SessionLost when no server answers within `connectMs` or the signal is aborted */
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

  /** A signal that is aborted when the session has ended. The session then closes itself. */
  get lost(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Sends one request and returns its answer.
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

  /** Ends the session at the server if the server answers, and cuts the connection otherwise. Nothing stays open. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown(GOODBYE_MS);
    this.#gone.abort(new SessionLost('the session was closed'));
    return this.#closing;
  }

  #lose(reason: string): void {
    this.#closing ??= this.#shutDown(0);
    this.#gone.abort(new SessionLost(reason)); // aborting twice keeps the first reason
  }

  /**
   * Waits for a callback interface until it settles or the session is lost. After `ms` milliseconds the session is given up.
   */
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
    // Nobody must act on an answer after the deadline, so the connection is closed too.
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
    // The library may be reconnecting at this moment. After it has finished, there is a socket to close.
    await setImmediate();
    const manager = this.#client.connectionManager;
    if (manager.state !== CLOSED) this.#client.close();
    for (let waitedMs = 0; manager.state !== CLOSED; waitedMs += CLOSE_POLL_MS) {
      if (waitedMs >= graceMs) manager.socket?.destroy();
      await sleep(CLOSE_POLL_MS);
    }
    if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
  }

  /** Catches the errors that the library throws in a socket's event for an unknown answer. They would end the process. */
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
