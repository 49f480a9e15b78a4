/**
 * What is waited for is said: a line soon after the wait begins, then one every ten seconds, with what it is, which attempt
 * this is and how long it may take. Nobody should look at a silent command and wonder whether it hangs.
 *
 * Lines hold names and places, never data: what is waited for is described by whoever waits, without secrets.
 */

/** Shorter waits are part of the work. */
export const FIRST_LINE_MS = 1_000;
const LINE_EVERY_MS = 10_000;

/** `what` is the same for all who wait for one thing at the same time: together they say one line every ten seconds. */
export interface WaitLine {
  readonly what: string;
  readonly text: string;
}

export type SayWait = (line: WaitLine) => void;

const toStderr: SayWait = ({ text }) => void process.stderr.write(`${text}\n`);

let say: SayWait = toStderr;
/** When each thing was last spoken of. */
const said = new Map<string, number>();

/** From now on `hear` gets this thread's lines, in place of standard error. @returns puts back who heard them before */
export function hearWaits(hear: SayWait): () => void {
  const before = say;
  say = hear;
  return () => {
    say = before;
  };
}

/** Says a line, unless somebody has spoken of the same thing within the last ten seconds. */
export function sayWait(line: WaitLine, everyMs: number = LINE_EVERY_MS): void {
  const now = performance.now();
  const last = said.get(line.what);
  // A timer may fire a little early.
  if (last !== undefined && now - last < 0.9 * everyMs) return;
  said.set(line.what, now);
  say(line);
}

export interface WaitOptions {
  /** When the wait ends, in words: `25 s`, `6 attempts or 60 s without an answer`. */
  readonly limit: string;
  /** Attempts that there are at most, where they are counted. */
  readonly attempts?: number;
  /** What the wait is for, besides `what`: `reading /config/mf`. */
  readonly action?: string;
  readonly firstLineMs?: number;
  readonly everyMs?: number;
}

/**
 * One wait, from its construction until it is disposed of.
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

  /** An attempt has failed and another one follows: this is said at once. */
  failed(reason: string): void {
    this.#attempt += 1;
    this.#reason = reason;
    this.#say();
  }

  /** What the wait is for by now, such as who holds a lock. */
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
    // What is waited for keeps the process alive, its report does not.
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
