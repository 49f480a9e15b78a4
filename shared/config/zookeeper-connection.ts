/**
 * The way to ZooKeeper for many operations: a session is opened when it is first needed and replaced when it is lost.
 *
 * An operation has one deadline for all it needs: resolving names, connecting, asking, and asking again.
 */
import zookeeper, { type Client, type ZooKeeperException } from 'node-zookeeper-client';
import { ActivationUnavailableError, ConfigError } from '../errors.ts';
import { Waiting } from '../wait.ts';
import { pause, withDeadline } from './deadline.ts';
import { formatZooKeeperHosts, resolveZooKeeperHosts, type ZooKeeperHosts } from './zookeeper-hosts.ts';
import { SessionLost, ZooKeeperSession } from './zookeeper-session.ts';

/** Sends one request in the session of the moment. @throws SessionLost; ZooKeeperException, what the server refused */
export type Ask = <T>(
  send: (client: Client, answer: (error: ZooKeeperException | null, value: T) => void) => void,
) => Promise<T>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export class ZooKeeperConnection {
  readonly #hosts: ZooKeeperHosts;
  readonly #describe: string;
  readonly #deadlineMs: number;
  /** The one that operations share; undefined until it is needed and after it is lost. */
  #current: Promise<ZooKeeperSession> | undefined;
  /** Open, or on their way to being closed. */
  readonly #sessions = new Set<ZooKeeperSession>();
  readonly #stop = new AbortController();

  constructor(hosts: ZooKeeperHosts, describe: string, deadlineMs: number) {
    this.#hosts = hosts;
    this.#describe = describe;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Runs `attempt` until its session holds to the end; so it must itself find out what an earlier attempt did.
   *
   * @param what for messages: `setting /config/mf`
   * @throws ActivationUnavailableError when the deadline passes; what `attempt` throws, but SessionLost
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

  /** Ends what is under way; no socket and no timer is left. */
  async close(): Promise<void> {
    this.#stop.abort(new SessionLost('the connection was closed'));
    await Promise.allSettled([this.#current]); // one that is being opened ends with an error of its own
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
      // A third of the deadline each for connecting and for an answer leaves time for another try, at another server.
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

  /** A name that does not resolve may do so in a moment. */
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

/** The code of what a server refused; undefined for any other error. */
export const refusalCode = (error: unknown): number | undefined =>
  error instanceof Error && 'getCode' in error ? (error as ZooKeeperException).getCode() : undefined;
