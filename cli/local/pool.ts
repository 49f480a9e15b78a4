/**
 * Worker threads, one for each core, that stand for Lambda in a local run. Each runs one handler at a time.
 *
 * The limits are those of AWS. An invocation that takes longer than its time is ended with its thread (`States.Timeout`). An
 * invocation that needs more heap than its function has ends its thread too (`LimitError`). A lost thread is replaced.
 */
import { Worker } from 'node:worker_threads';
import type { InvocationUsage } from '../../shared/cost/usage.ts';
import { LimitError, PipelineError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { KnownEtag } from '../../shared/store/etag-memory.ts';
import { sayWait, type WaitLine } from '../../shared/wait.ts';

export interface Invocation {
  readonly id: number;
  readonly job: string;
  readonly handler: string;
  readonly event: JsonValue;
  /** The ETags that other threads have found since this thread's last invocation. */
  readonly etags: readonly KnownEtag[];
}

/** The usage of one invocation, and the CPU time of its thread. The memory is the thread's heap and buffers. */
export interface Usage extends InvocationUsage {
  readonly cpuMs: number;
}

export type Answer =
  | { readonly kind: 'answer'; readonly id: number; readonly value: JsonValue; readonly usage: Usage }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly error: { readonly name: string; readonly message: string; readonly stack: string };
      readonly usage: Usage;
    };

export interface LogEntry {
  readonly kind: 'log';
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, JsonValue>>;
}

/** A message of a thread that has read a file for its ETag, so that the other threads need not. */
export interface FoundEtag {
  readonly kind: 'etag';
  readonly entry: KnownEtag;
}

/** A message of a thread that waits for something. A wait of several threads is reported once. */
export interface HeardWait {
  readonly kind: 'wait';
  readonly line: WaitLine;
}

export type Message = Answer | LogEntry | FoundEtag | HeardWait;

/** An error that a handler threw in its thread, with the same name, message and (for `--verbose`) stack. */
export class HandlerError extends PipelineError {
  constructor({ name, message, stack }: { name: string; message: string; stack: string }) {
    super(message);
    this.name = name;
    this.stack = stack;
  }
}

interface Call {
  readonly invocation: Omit<Invocation, 'etags'>;
  readonly timeoutSeconds: number;
  readonly resolve: (value: JsonValue) => void;
  readonly reject: (error: Error) => void;
  readonly onLog: (entry: LogEntry) => void;
  readonly onUsage: (usage: Usage) => void;
  timer?: NodeJS.Timeout;
}

export class WorkerPool implements AsyncDisposable {
  readonly size: number;
  readonly #memoryMb: number;
  readonly #script: URL;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Call>();
  readonly #waiting: Call[] = [];
  readonly #etags: KnownEtag[] = [];
  /** The number of `#etags` that each thread knows. */
  readonly #told = new WeakMap<Worker, number>();
  #started = 0;
  #next = 0;

  /** @param memoryMb the heap that a thread may have, MiB */
  constructor(size: number, memoryMb: number, script: URL = new URL('./worker.mjs', import.meta.url)) {
    this.size = size;
    this.#memoryMb = memoryMb;
    this.#script = script;
  }

  /** Runs a handler on the next free thread. Calls beyond the pool's size wait their turn. */
  invoke(
    { job, handler, event }: Pick<Invocation, 'job' | 'handler' | 'event'>,
    timeoutSeconds: number,
    onLog: (entry: LogEntry) => void,
    onUsage: (usage: Usage) => void,
  ): Promise<JsonValue> {
    return new Promise((resolve, reject) => {
      const invocation = { id: this.#next++, job, handler, event };
      this.#waiting.push({ invocation, timeoutSeconds, resolve, reject, onLog, onUsage });
      this.#dispatch();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody waits for the queued calls any more. Without them, no thread is replaced.
    this.#waiting.splice(0);
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#started < this.size ? this.#start() : undefined);
      if (worker === undefined) return;
      const call = this.#waiting.shift()!;
      this.#busy.set(worker, call);
      call.timer = setTimeout(() => this.#timeOut(worker, call), call.timeoutSeconds * 1000);
      worker.postMessage({ ...call.invocation, etags: this.#etags.slice(this.#told.get(worker)) } satisfies Invocation);
      this.#told.set(worker, this.#etags.length);
    }
  }

  #start(): Worker {
    this.#started++;
    const worker = new Worker(this.#script, {
      resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb },
    });
    worker.on('message', (message: Message) => this.#receive(worker, message));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', (status) => this.#lose(worker, this.#ended(worker, status)));
    return worker;
  }

  #receive(worker: Worker, message: Message): void {
    if (message.kind === 'etag') {
      this.#etags.push(message.entry);
      return;
    }
    if (message.kind === 'wait') {
      sayWait(message.line);
      return;
    }
    const call = this.#busy.get(worker);
    if (call === undefined) return;
    if (message.kind === 'log') {
      call.onLog(message);
      return;
    }
    clearTimeout(call.timer);
    this.#busy.delete(worker);
    this.#idle.push(worker);
    call.onUsage(message.usage);
    if (message.kind === 'answer') call.resolve(message.value);
    else call.reject(new HandlerError(message.error));
    this.#dispatch();
  }

  #timeOut(worker: Worker, { invocation, timeoutSeconds }: Call): void {
    const error = new PipelineError(
      `${invocation.job}, step ${invocation.handler}: no answer within ${timeoutSeconds} s: make the shards smaller (--shards)`,
    );
    error.name = 'States.Timeout';
    this.#lose(worker, error);
    worker.terminate();
  }

  /** Takes a thread out of the pool, once: an error and an exit of one thread may both be reported. */
  #lose(worker: Worker, error: Error): void {
    const call = this.#busy.get(worker);
    const idle = this.#idle.indexOf(worker);
    if (call === undefined && idle < 0) return;
    this.#started--;
    if (call === undefined) {
      this.#idle.splice(idle, 1);
      return;
    }
    clearTimeout(call.timer);
    this.#busy.delete(worker);
    call.reject('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? this.#outOfMemory(call) : error);
    this.#dispatch();
  }

  #ended(worker: Worker, status: number): PipelineError {
    const invocation = this.#busy.get(worker)?.invocation;
    return new PipelineError(
      `${invocation?.job}, step ${invocation?.handler}: its thread ended with exit status ${status} without an answer`,
    );
  }

  #outOfMemory({ invocation }: Call): LimitError {
    return new LimitError(
      `${invocation.job}, step ${invocation.handler}: a shard needs more than ${this.#memoryMb} MiB: ` +
        'make the shards smaller (--shards)',
    );
  }
}
