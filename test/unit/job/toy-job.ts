/** A minimal job. Its one step copies each input in a shard of its own, and its output is one file. */
import * as z from 'zod';
import { commonSettings } from '../../../shared/config/common-settings.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { integer, text } from '../../../shared/config/settings.ts';
import { LOCAL_BUILD } from '../../../shared/job/build.ts';
import type { HandlerEnvironment } from '../../../shared/job/configure.ts';
import { dayFolders } from '../../../shared/job/inputs.ts';
import { type AnyJob, defineJob, type MapStep, type Publication, type Run } from '../../../shared/job/job.ts';
import { WorkArea } from '../../../shared/job/work-area.ts';
import { dayFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';

export const DAY = 15_317;

/** The settings of a run over the stores `/in` and `/out` of a `ToyCloud`. */
export const TOY_SETTINGS = { startDay: DAY, inputPath: '/in', outputPath: '/out' };

const settings = z.object({
  ...commonSettings,
  rank: integer({ default: 30, min: 1, max: 256, meaning: 'decides bytes, for the test' }),
  jdbc: text({ default: '', mayBeEmpty: true, secret: true, meaning: 'a secret, for the test' }),
});

/** A shard copies the input with this index. */
interface ToyShard {
  readonly [key: string]: number;
  readonly input: number;
}

export const copyStep: MapStep<z.output<typeof settings>, ToyShard> = {
  kind: 'map',
  name: 'copy',
  memoryMb: 512,
  timeoutSeconds: 60,
  publishes: true,
  shards: async (run) => run.inputs.map((_, input) => ({ input })),
  run: async (run, shard) => (await run.input.get(run.inputs[shard.input]!.key)).bytes,
};

export const toyJob = defineJob({
  name: 'copy-actions',
  version: 1,
  summary: 'Copies actions.',
  scope: 'client',
  settings,
  writes: 'copies',
  activates: 'copy',
  inputs: dayFolders('actions'),
  steps: [copyStep],
  publish: async (run): Promise<Publication> => ({
    folders: [
      {
        prefix: dayFolder(run.client as string, 'copies', run.day),
        files: [{ name: 'part-00000', pieces: run.inputs.map((_, shard) => ({ key: run.work.key(copyStep, shard) })) }],
        counts: { inputs: run.inputs.length },
      },
    ],
  }),
});

/** Stores in memory by location, created at first use, and the logged warnings. */
export class ToyCloud {
  readonly stores = new Map<string, Store>();
  readonly warnings: string[] = [];

  store(location: string): Store {
    const store = this.stores.get(location) ?? new MemoryStore(location);
    this.stores.set(location, store);
    return store;
  }

  readonly environment: HandlerEnvironment = {
    build: LOCAL_BUILD,
    openStore: async (location) => this.store(location),
    openConfigRoot: async (spec) => new FolderConfigRoot(this.store(spec)),
    log: (level, message) => {
      if (level === 'warn') this.warnings.push(message);
    },
  };

  /** Stores grouped actions of a client's day in parts and marks the day as another system would. */
  async putActions(client: string, day: number, ...parts: string[]): Promise<void> {
    await this.store('/in').put(`${dayFolder(client, 'actions', day)}_SUCCESS`, '');
    for (const [part, text] of parts.entries()) {
      await this.store('/in').put(`${dayFolder(client, 'actions', day)}part-${part}`, text);
    }
  }
}

/** Returns a run over a store as a step sees it. */
export function runOver(store: Store, id = 'aaaaaaaaaaaaaaaa', job: AnyJob = toyJob): Run {
  return {
    id,
    job: job.name,
    client: 'shop',
    day: DAY,
    settings: {},
    inputs: [],
    input: store,
    output: store,
    work: new WorkArea(store, `.work/${job.name}/shop/${id}/`, 'planned'),
    shards: undefined,
    memoryMb: 512,
    log: () => undefined,
  };
}
