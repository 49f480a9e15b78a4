/**
 * A connection to ZooKeeper for many operations. It opens a session at the first operation, and another one when that is lost.
 *
 * An operation has one deadline for everything: resolving names, connecting, sending requests and repeating them.
 */
import zookeeper, { type Client, type ZooKeeperException } from 'node-zookeeper-client';
import { ActivationUnavailableError, ConfigError } from '../errors.ts';
import { Waiting } from '../wait.ts';
import { pause, withDeadline } from './deadline.ts';
import { formatZooKeeperHosts, resolveZooKeeperHosts, type ZooKeeperHosts } from './zookeeper-hosts.ts';
import { SessionLost, ZooKeeperSession } from './zookeeper-session.ts';

/** Sends one request in the current session. @throws SessionLost; ZooKeeperException when the server refuses */
export type Ask = <T>(
  send: (client: Client, answer: (error: ZooKeeperException | null, value: T) => void) => void,
) => Promise<T>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export class ZooKeeperConnection {
  readonly #hosts: ZooKeeperHosts;
  readonly #describe: string;
  readonly #deadlineMs: number;
  /** The session that operations share; undefined before it is needed and after it is lost. */
  #current: Promise<ZooKeeperSession> | undefined;
  /** The sessions that are open or being closed. */
  readonly #sessions = new Set<ZooKeeperSession>();
  readonly #stop = new AbortController();

  constructor(hosts: ZooKeeperHosts, describe: string, deadlineMs: number) {
    this.#hosts = hosts;
    this.#describe = describe;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Repeats `attempt` until no session is lost during it. An attempt must therefore find out what an earlier attempt did.
   *
   * @param what the operation in messages: `setting /config/mf`
   * @throws ActivationUnavailableError after the deadline; every error of `attempt` except SessionLost
   */
  async operation<T>(what: string, attempt: (ask: Ask) => Promise<T>): Promise<T> {
    let lastLoss = 'no server answered';
    const late = () => this.#unavailable(what, `not done within ${this.#deadlineMs / 1000} s (${lastLoss})`);
    const limit = `${this.#deadlineMs / 1000} s`;
    using waiting = new Waiting(this.#describe, { action: what, limit });
    return await withDeadline(this.#deadlineMs, late, async (signal) => {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        try {
          const session = await this.#session();
          return await attempt((send) => session.call(signal, send));
        } catch (error) {
          if (!(error instanceof SessionLost)) throw this.#explained(what, error);
          if (this.#stop.signal.aborted) throw this.#unavailable(what, 'the connection was closed meanwhile');
          lastLoss = error.message;
          waiting.failed(lastLoss);
        }
        await pause(pauseMs, signal);
      }
    });
  }

  /** Ends all operations, and leaves no socket and no timer. */
  async close(): Promise<void> {
    this.#stop.abort(new SessionLost('the connection was closed'));
    await Promise.allSettled([this.#current]); // a session that is being opened ends with an error
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  #session(): Promise<ZooKeeperSession> {
    this.#current ??= this.#open();
    return this.#current;
  }

  async #open(): Promise<ZooKeeperSession> {
    try {
      this.#stop.signal.throwIfAborted();
      const servers = formatZooKeeperHosts(await this.#resolved());
      // One third of the deadline for connecting and one for an answer leave time for another attempt at another server.
      const patienceMs = Math.ceil(this.#deadlineMs / 3);
      const session = await ZooKeeperSession.open(
        { servers, connectMs: patienceMs, answerMs: patienceMs },
        this.#stop.signal,
      );
      this.#sessions.add(session);
      session.lost.addEventListener('abort', () => this.#forget(session), { once: true });
      return session;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  async #forget(session: ZooKeeperSession): Promise<void> {
    this.#current = undefined;
    await session.close();
    this.#sessions.delete(session);
  }

  /** Resolves the hosts. A failure counts as a lost session, because the name may resolve at the next attempt. */
  async #resolved(): Promise<ZooKeeperHosts> {
    try {
      return await resolveZooKeeperHosts(this.#hosts);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw new SessionLost(error instanceof Error ? error.message : String(error));
    }
  }

  #explained(what: string, error: unknown): unknown {
    const code = refusalCode(error);
    if (code === undefined) return error;
    if (code === zookeeper.Exception.NO_AUTH) {
      return new ConfigError(`${this.#describe} does not allow ${what}: change the node's access list (setAcl)`);
    }
    return this.#unavailable(what, (error as Error).message);
  }

  #unavailable(what: string, reason: string): ActivationUnavailableError {
    return new ActivationUnavailableError(
      `${this.#describe}: ${what}: ${reason}. Check the hosts, that a server runs there, and that this machine reaches it`,
    );
  }
}

/** Returns the code of a server's refusal; undefined for any other error. */
export const refusalCode = (error: unknown): number | undefined =>
  error instanceof Error && 'getCode' in error ? (error as ZooKeeperException).getCode() : undefined;
