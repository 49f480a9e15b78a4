/**
 * The example of a job: one value, `example`, in `functions/<job>/example.ts`. The contract suite, the integration test of all
 * jobs, the developer's pipeline and the benchmark run the job with it.
 *
 * No deployed module imports an example, not even `job.ts`.
 */
import type { JsonValue } from '../json.ts';
import type { AnyJob } from './job.ts';

/**
 * Settings by name. The compiler refuses a literal with a name that the job does not have. It does not check what a function
 * with an inferred return type returns, so an example annotates the return type of `prepare`:
 * `prepare: (folder): ExampleSettings<typeof job> => …`.
 */
export type ExampleSettings<J extends AnyJob = AnyJob> = string extends keyof J['settings']['shape']
  ? Readonly<Record<string, JsonValue>>
  : { readonly [Name in keyof J['settings']['shape']]?: JsonValue };

export interface JobExample<J extends AnyJob = AnyJob> {
  /** The last day of the input that `prepare` writes, in days since 1970-01-01 UTC. */
  readonly day: number;
  /** The client of that input; undefined for a job with scope `logs`. */
  readonly client?: string;
  /**
   * Writes the contract suite's input below `folder`, which is empty, and returns the settings of the run, including the
   * location of the input. Every call writes the same bytes. They are enough for seven shards of some step.
   */
  readonly prepare: (folder: string) => ExampleSettings<J>;
  /**
   * Writes what earlier runs have published below the output root, for a job that reads that. Every call writes the same bytes.
   */
  readonly published?: (root: string) => void;
  /**
   * Settings with which one day of a small shop (a thousand lines of `test/data/onlineretail`) gives the job something to
   * write. Default: the job's defaults. The caller adds a catalogue for a job that has `itemsPath`, and `activate`.
   */
  readonly smallDay?: ExampleSettings<J>;
  /**
   * Settings for the benchmark's shop (`test/benchmark/shop.ts`). Give those whose defaults find nothing in this shop, or do
   * less work than the settings of a client would. Default: the job's defaults. The caller adds the catalogue.
   */
  readonly benchmark?: ExampleSettings<J>;
}
