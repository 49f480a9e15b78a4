/**
 * Reports of waits, so that nobody wonders whether a silent command hangs. A line comes soon after the wait begins, and then
 * every ten seconds. It says what the command waits for, which attempt this is and when the wait ends.
 *
 * The lines hold names and places and never data: the caller describes the awaited thing without secrets.
 */

/** The age at which a wait is first reported. Shorter waits are ordinary. */
export const FIRST_LINE_MS = 1_000;
const LINE_EVERY_MS = 10_000;

/** One report. Waits of the same `what` share their reports: together they say one line every ten seconds. */
export interface WaitLine {
  readonly what: string;
  readonly text: string;
}

export type SayWait = (line: WaitLine) => void;

const toStderr: SayWait = ({ text }) => void process.stderr.write(`${text}\n`);

let say: SayWait = toStderr;
/** `WaitLine.what` → the time of its last line, by `performance.now()`. */
const said = new Map<string, number>();

/** Sends this thread's lines to `hear` instead of standard error. @returns a function that restores the listener before it */
export function hearWaits(hear: SayWait): () => void {
  const before = say;
  say = hear;
  return () => {
    say = before;
  };
}

/** Says a line, unless a line about the same thing was said within the last ten seconds. */
export function sayWait(line: WaitLine, everyMs: number = LINE_EVERY_MS): void {
  const now = performance.now();
  const last = said.get(line.what);
  // A timer may fire a little early.
  if (last !== undefined && now - last < 0.9 * everyMs) return;
  said.set(line.what, now);
  say(line);
}

export interface WaitOptions {
  /** The end of the wait in words: `25 s`, `6 attempts or 60 s without an answer`. */
  readonly limit: string;
  /** The most attempts, when they are counted. */
  readonly attempts?: number;
  /** The operation that waits: `reading /config/mf`. */
  readonly action?: string;
  readonly firstLineMs?: number;
  readonly everyMs?: number;
}

/**
 * One wait. It lasts from the construction of this object to its disposal.
 *
 * ```ts
 * using waiting = new Waiting('ZooKeeper at localhost:2181', { limit: '25 s' });
 * waiting.failed('the connection ended'); // another attempt follows
 * ```
 */
export class Waiting implements Disposable {
  readonly #what: string;
  readonly #options: WaitOptions;
  readonly #started = performance.now();
  #attempt = 1;
  #reason = 'no answer yet';
  #timer: NodeJS.Timeout;

  constructor(what: string, options: WaitOptions) {
    this.#what = what;
    this.#options = options;
    this.#timer = this.#after(options.firstLineMs ?? FIRST_LINE_MS);
  }

  /** Reports at once that an attempt has failed and that another one follows. */
  failed(reason: string): void {
    this.#attempt += 1;
    this.#reason = reason;
    this.#say();
  }

  /** The current reason for the wait, such as the holder of a lock. */
  set reason(reason: string) {
    this.#reason = reason;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #after(ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#say();
      this.#timer = this.#after(this.#options.everyMs ?? LINE_EVERY_MS);
    }, ms);
    // The awaited work keeps the process alive, and its reports must not.
    timer.unref();
    return timer;
  }

  #say(): void {
    const { limit, attempts, action, everyMs } = this.#options;
    const place = action === undefined ? this.#what : `${this.#what} (${action})`;
    const attempt = `attempt ${this.#attempt}${attempts === undefined ? '' : ` of ${attempts}`}`;
    const seconds = Math.round((performance.now() - this.#started) / 1000);
    const text = `waiting for ${place}: ${this.#reason}; ${attempt}, ${seconds} s so far, ends after ${limit}`;
    sayWait({ what: this.#what, text }, everyMs);
  }
}
