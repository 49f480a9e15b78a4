/**
 * A cloud for one job: its state machine runs in this process, its output and its configuration are in memory, and its input
 * is on a disk. Tests make the faults of the cloud between the state machine and the handlers.
 */

import { createHash } from 'node:crypto';
import { configNode } from '../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { defined } from '../../shared/defined.ts';
import type { HandlerEnvironment } from '../../shared/job/configure.ts';
import type { RunInput } from '../../shared/job/gather.ts';
import { type Handler, type HandlerEvent, handlersOf } from '../../shared/job/handlers.ts';
import { execute } from '../../shared/job/interpreter.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { RunRef } from '../../shared/job/run.ts';
import { compileStateMachine, type StateMachine } from '../../shared/job/state-machine.ts';
import { isRecord, type JsonValue } from '../../shared/json.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { sealedEntries } from '../../shared/store/sealed.ts';
import { type Watch, watchedStore } from '../helpers/watched-store.ts';

/** The location of the output, which also stands for the bucket. */
export const OUTPUT = '/memory/output';
const CONFIG = '/memory/config';
export const SHARDS = 7;
const REQUESTED_AT = '2011-12-10T00:00:00.000Z';

/** The keys of records beside models: their history, the marks that keep versions, and the verdict and sketch of a version. */
const RECORDS = /^[^/]+\/models\/[^/]+\/(_live\/|_history\.json$|[^/]+\/(_verdict\.json|_sketch)$)/;

export interface CloudOptions {
  readonly job: AnyJob;
  /** The client of a job that runs for one client. */
  readonly client: string | undefined;
  readonly day: number;
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Objects that are in the output root before the first run, by key. They are no part of what the run publishes. */
  readonly before?: Readonly<Record<string, Uint8Array>>;
  /** Default: true, for a job with a runtime node. */
  readonly activate?: boolean;
}

interface Invocation {
  readonly handler: string;
  readonly event: HandlerEvent;
  readonly answer: JsonValue;
}

type Invoke = (handler: string, event: HandlerEvent) => Promise<JsonValue>;

/** The process that folds a run. */
export interface Fold {
  /** Returns the time that is left to the process. It is called before each invocation inside of it. */
  readonly remainingMs: () => number;
}

/** The faults of an execution, and other options of it. */
interface Faults {
  /** Replaces the invocation of a handler; `call` invokes it, with the output store watched if `watch` is given. */
  readonly invoke?: (
    handler: string,
    event: HandlerEvent,
    call: (handler: string, event: HandlerEvent, watch?: Watch) => Promise<JsonValue>,
  ) => Promise<JsonValue>;
  readonly onState?: (name: string) => void;
  readonly shards?: number | 'planned';
  /** The most rounds of a loop in one execution. */
  readonly rounds?: number;
  /** Lets the run fold. Otherwise it fans out. */
  readonly fold?: Fold;
  /** Settings that replace those of the cloud. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
}

/** A deployment of a job. */
interface Deployed {
  readonly build: string;
  readonly machine: StateMachine;
  readonly handlers: Readonly<Record<string, Handler>>;
}

function deployed(job: AnyJob, build: string): Deployed {
  const machine = JSON.stringify(compileStateMachine(job, 0, build));
  // Retries come at once. A retrier without an interval would wait for a second.
  const atOnce = (_key: string, value: unknown): unknown =>
    isRecord(value) && value.MaxAttempts !== undefined ? { ...value, IntervalSeconds: 0 } : value;
  return { build, machine: JSON.parse(machine, atOnce), handlers: handlersOf(job) };
}

export class JobCloud {
  readonly output = new MemoryStore(OUTPUT);
  readonly config = new MemoryStore(CONFIG);
  readonly invocations: Invocation[] = [];
  readonly log: string[] = [];
  /** The kinds of calls that handlers made: `publish put outputs`. */
  readonly touched = new Set<string>();
  /** The keys of all objects in the order in which they were first written. */
  readonly written: string[] = [];
  /** The staged objects that publishing read as a whole. */
  readonly #streamed = new Set<string>();
  /** The objects of the work area that were replaced, which must not happen: a committed shard does not change. */
  readonly overwritten: string[] = [];
  readonly #committed = new Set<string>();
  readonly #options: CloudOptions;
  #deployed: Deployed;
  #fold: Fold | undefined;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#deployed = deployed(options.job, 'build-1');
  }

  /**
   * Deploys another build. From now on its functions answer. An execution that has begun keeps its machine.
   *
   * @param job default: the same job
   */
  deploy(build: string, job: AnyJob = this.#options.job): void {
    this.#deployed = deployed(job, build);
  }

  /** Runs the state machine to its end and resolves to the run. */
  async run({ invoke, onState, shards = SHARDS, settings: changed = {}, rounds, fold }: Faults = {}): Promise<RunRef> {
    const { job, client, day, settings, before = {}, activate = true } = this.#options;
    for (const [key, bytes] of Object.entries(before)) await this.output.put(key, bytes);
    if (client !== undefined) await this.config.put(configNode(client, job.name).slice(1), '{}');
    const activation = job.activates === undefined ? {} : { activate };
    const input: RunInput = defined({
      client,
      configRoot: job.activates !== undefined ? CONFIG : undefined,
      shards: shards !== 'planned' ? shards : undefined,
      settings: { ...settings, ...changed, startDay: day, outputPath: OUTPUT, ...activation },
    });
    const call = (handler: string, event: HandlerEvent, watch?: Watch) => this.#call(handler, event, watch);
    this.#fold = fold;
    const once: Invoke = async (handler, event) => {
      const answer = await (invoke ? invoke(handler, event, call) : call(handler, event));
      // The examples are so small, and so new to the cloud, that no prediction is to decide.
      return handler === 'configure' ? { ...(answer as RunRef), folds: fold !== undefined } : answer;
    };
    const end = await execute(
      rounds === undefined ? this.#deployed.machine : withRounds(this.#deployed.machine, rounds),
      input,
      defined({
        concurrency: Number.POSITIVE_INFINITY,
        startTime: REQUESTED_AT,
        invoke: (handler, event) => once(handler, event as HandlerEvent),
        readList: (bucket, key) => this.#readList(bucket, key),
        onState,
      }),
    );
    return (end.run as { ref: RunRef }).ref;
  }

  async #call(handler: string, event: HandlerEvent, watch?: Watch): Promise<JsonValue> {
    const touch = (kind: string, place: string) => this.touched.add(`${handler} ${kind} ${place}`);
    const kept = watchedStore(this.output, {
      before: (kind, key, range) => {
        touch(kind, key.startsWith('.work/') ? 'work' : 'outputs');
        if (handler === 'publish' && kind === 'stream' && range === undefined) this.#streamed.add(key);
      },
      afterWrite: (kind, key) => this.#note(kind, key),
    });
    const output = watch === undefined ? kept : watchedStore(kept, watch);
    const environment = defined<HandlerEnvironment>({
      openStore: async (location) => {
        if (location === OUTPUT) return output;
        return watchedStore(await openStore(location), { before: (kind) => void touch(kind, 'input') });
      },
      openConfigRoot: async () => {
        const config = watchedStore(this.config, { before: (kind) => void touch(kind, 'config') });
        return new FolderConfigRoot(config);
      },
      log: (_level, message) => this.log.push(message),
      build: this.#deployed.build,
      remainingMs: this.#fold?.remainingMs,
    });
    // Events and answers pass as text, as between Step Functions and Lambda, so that no object is shared.
    const answer = await this.#deployed.handlers[handler]!(JSON.parse(JSON.stringify(event)), environment);
    this.invocations.push({ handler, event, answer });
    return JSON.parse(JSON.stringify(answer));
  }

  #note(kind: 'put' | 'delete', key: string): void {
    if (kind === 'put' && !this.written.includes(key)) this.written.push(key);
    if (!key.startsWith('.work/') || key.includes('/published/')) return;
    if (kind === 'delete') this.#committed.delete(key);
    else if (this.#committed.has(key)) this.overwritten.push(key);
    else this.#committed.add(key);
  }

  async #readList(bucket: string, key: string): Promise<JsonValue[]> {
    if (bucket !== OUTPUT) throw new Error(`a shard list lies in '${bucket}', not in the output root`);
    return sealedEntries((await this.output.get(key)).bytes, `${OUTPUT}/${key}`) as JsonValue[];
  }

  /** Returns every object of the output store. */
  async objects(): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for await (const { key } of this.output.list('')) found.set(key, (await this.output.get(key)).bytes);
    return found;
  }

  /** Returns key → bytes of the published objects, without the records of live models, which have times. */
  async published(): Promise<Record<string, Uint8Array>> {
    const found: Record<string, Uint8Array> = {};
    const { before = {} } = this.#options;
    for await (const { key } of this.output.list('')) {
      if (Object.hasOwn(before, key)) continue;
      if (!key.startsWith('.') && !RECORDS.test(key)) found[key] = (await this.output.get(key)).bytes;
    }
    return found;
  }

  /** Returns the staged files that publishing read although it published them unchanged. */
  async readForNothing(): Promise<string[]> {
    const files = new Set(Object.values(await this.published()).map(sha256));
    const hashes = [...this.#streamed].map(async (key) => [key, sha256((await this.output.get(key)).bytes)] as const);
    return (await Promise.all(hashes)).flatMap(([key, hash]) => (files.has(hash) ? [key] : []));
  }

  /** Returns handler → the number of shards that it computed. */
  computed(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { handler, answer } of this.invocations) {
      if ((answer as { computed?: boolean }).computed) counts[handler] = (counts[handler] ?? 0) + 1;
    }
    return counts;
  }
}

/** Returns a machine with another limit of the rounds in one execution. */
const withRounds = (machine: StateMachine, most: number): StateMachine =>
  JSON.parse(JSON.stringify(machine).replaceAll(/"NumericGreaterThan":\d+/g, `"NumericGreaterThan":${most}`));

/** Starts an attempt whose caller gives up. The attempt waits before its first put or delete until it is woken. */
export function stopAtFirstWrite(attempt: (watch: Watch) => Promise<JsonValue>) {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let waiting = false;
  const ended = attempt({
    before: async (call) => {
      if (call !== 'put' && call !== 'delete') return;
      waiting = true;
      reached.resolve();
      await gate.promise;
    },
  }).then(
    () => 'done',
    (error: Error) => error.message, // The caller has given up, so nobody handles the error.
  );
  return {
    /** Resolves when the attempt waits, or has ended without a write. */
    stopped: Promise.race([reached.promise, ended]),
    /** Lets the attempt continue to its end. Resolves to 1 if it was waiting, else to 0. */
    wake: async (): Promise<number> => {
      gate.resolve();
      await ended;
      return Number(waiting);
    },
  };
}

/** Lets other tasks run for so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
