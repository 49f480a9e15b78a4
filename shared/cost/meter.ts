/** Measures one invocation of a handler: its requests, bytes and reads, and the load that it planned for. */
import { openConfigRoot } from '../config/open-config-root.ts';
import type { HandlerEnvironment } from '../job/configure.ts';
import type { Log } from '../job/job.ts';
import type { OpenStore } from '../job/run.ts';
import { stepOfShard } from '../store/keys.ts';
import { meteredStore, noTraffic } from '../store/metered-store.ts';
import { openStore } from '../store/open-store.ts';
import type { InvocationUsage } from './usage.ts';

export class Meter {
  readonly #traffic = noTraffic();
  readonly #reads = new Map<string, number>();
  #load: number | undefined;
  #most: number | undefined;

  /** Returns the environment of a handler, with metered stores. @param source opens the stores themselves */
  environment(log: Log, build: string, source: OpenStore = openStore): HandlerEnvironment {
    const open = async (location: string) =>
      meteredStore(await source(location), this.#traffic, (key) => this.#read(key));
    return {
      openStore: open,
      openConfigRoot: (spec) => openConfigRoot(spec, open),
      log,
      build,
      onLoad: (shards, most) => {
        this.#load = shards;
        this.#most = Number.isFinite(most) ? most : undefined;
      },
    };
  }

  /** Returns the usage of the invocation. @param memoryMb the memory of the process or thread at the end, MiB */
  used(milliseconds: number, memoryMb: number): InvocationUsage {
    const plan = { load: this.#load, most: this.#most };
    return { milliseconds, memoryMb, ...this.#traffic, ...plan, reads: Object.fromEntries(this.#reads) };
  }

  #read(key: string): void {
    const step = stepOfShard(key);
    if (step !== undefined) this.#reads.set(step, (this.#reads.get(step) ?? 0) + 1);
  }
}
