/** The declaration by which the output of a job is judged before it goes live. */
import type { Run } from '../job/step-run.ts';
import type { JsonValue } from '../json.ts';
import type { BestIds, Sample, StreamedFile } from './compared-lists.ts';
import type { Finding } from './verdict.ts';

export type Side = 'users' | 'items';
export const SIDES: readonly Side[] = ['users', 'items'];

/** Checks consecutive lines of a file, one by one. Returns the problem of a line; undefined for a correct one. */
export type LineReader = (line: string) => string | undefined;

/** One table of a model: the files of the output that hold its records, one record a line. */
export interface ModelTable<C> {
  /** The name in messages: `user vectors`, `rules`. */
  readonly name: string;
  /** True for the output files that hold this table, in the order of the output. */
  readonly isPart: (file: string) => boolean;
  /** Returns the number of records that the table must have by the manifest; undefined when no count tells it. */
  readonly records: (counts: Counts) => number | undefined;
  /** The number of lines that are no records, such as a header. */
  readonly headers?: number;
  /**
   * Makes a reader for a passage of consecutive lines. The reader shares no code with the writer of the lines, and compares
   * them with the settings and counts. `isStart` is true when the passage begins with the first line of a file.
   */
  readonly reader: (of: Judged<C>, isStart: boolean) => LineReader;
  /** Returns the name of the gzip that must hold the same bytes as a file. Undefined when the table has no gzip. */
  readonly gzipOf?: (file: string) => string;
}

/** The counts of the manifest. */
export type Counts = Readonly<Record<string, JsonValue>>;

/** The settings that decide the output, and the output's counts. */
export interface Judged<C> {
  readonly settings: C;
  readonly counts: Counts;
}

/** Lines that were read back from a table's files. */
export interface SampledLines {
  readonly table: string;
  readonly lines: readonly string[];
}

/** The lists of a model that are compared with those of the live model. */
export interface ComparedLists<C> {
  /** The side whose ids have lists. */
  readonly side: Side;
  /**
   * Reads the lists from the model's files, in one pass over each. The memory does not depend on the model's size.
   * @throws CorruptInputError for a line that cannot be read
   */
  readonly read: (files: readonly StreamedFile[], settings: C, sample: Sample) => Promise<BestIds>;
}

export interface Judging<C> {
  /** True when a run with these settings makes its output live. By default, the setting `activate` decides it. */
  readonly goesLive?: (settings: C) => boolean;
  readonly tables: readonly ModelTable<C>[];
  /** The names of the counts that give the number of users and of items in the output. */
  readonly sides: Readonly<Partial<Record<Side, string>>>;
  /**
   * True when an output without a line may be published, such as a table of rules. Otherwise an empty output, such as a model
   * of vectors or pairs, is an error under any gate.
   */
  readonly mayBeEmpty: boolean;
  /** Checks that the training learned something. Undefined for a job that only counts. */
  readonly learned?: (judged: Judged<C>, sample: readonly SampledLines[]) => Finding;
  /** The lists that are compared with those of the live model. Undefined for a job whose models have no lists. */
  readonly lists?: ComparedLists<C>;
  /** Reads the ids of a side from the staged output, in chunks of any size and in any order, each id once. */
  readonly ids: (run: Run<C>, side: Side) => AsyncIterable<Float64Array>;
}

/** Returns a count of the manifest; undefined when the manifest has no such number. */
export function countIn(counts: Counts, name: string | undefined): number | undefined {
  const value = name === undefined ? undefined : counts[name];
  return typeof value === 'number' ? value : undefined;
}
