/** The run of a job, as its steps see it. */
import type { JsonValue } from '../json.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import type { WorkArea } from './work-area.ts';

/** Reports progress or a warning to whoever watches the run. */
export type Log = (level: 'info' | 'warn', message: string, fields?: Readonly<Record<string, JsonValue>>) => void;

/** The run that every step gets. */
export interface Run<C = Record<string, unknown>> {
  /** 16 hex digits. The same inputs and settings give the same id. */
  readonly id: string;
  readonly job: string;
  /** Undefined for a job over all clients (the grouping of raw logs). */
  readonly client: string | undefined;
  /** The last day that the run reads, in days since 1970-01-01 UTC. */
  readonly day: number;
  readonly settings: C;
  /** The objects that the run reads, in the order of the manifest. Their keys are relative to `input`. */
  readonly inputs: readonly ObjectInfo[];
  readonly input: Store;
  readonly output: Store;
  readonly work: WorkArea;
  /** The number of shards that `--shards` asks for; undefined when the number is planned by bytes. */
  readonly shards: number | undefined;
  /** True when users are forgotten whom the run leaves out (`shared/forget/forgotten-of-run.ts`). */
  readonly forgets?: boolean;
  readonly memoryMb: number;
  readonly log: Log;
  /** Receives the number of shards for a step's work, without rounding, and the most shards that are possible. */
  readonly onLoad?: ((shards: number, most: number) => void) | undefined;
}
