/** What a job declares so that its output can be judged before it goes live. */
import type { Run } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import type { Finding } from './verdict.ts';

export type Side = 'users' | 'items';
export const SIDES: readonly Side[] = ['users', 'items'];

/** Goes through consecutive lines of a file; returns what is wrong with a line, or undefined. */
export type LineReader = (line: string) => string | undefined;

/** The files of an output that hold one table of the model, one record a line. */
export interface ModelTable<C> {
  /** For messages: `user vectors`, `rules`. */
  readonly name: string;
  /** True for the output files that hold this table, in the order of the output. */
  readonly isPart: (file: string) => boolean;
  /** The number of records that the table must have, by the manifest; undefined where no count says it. */
  readonly records: (counts: Counts) => number | undefined;
  /** Lines of the table that are no records. */
  readonly headers?: number;
  /**
   * A reader for a passage of consecutive lines: it parses them by itself, with no code of their writer, and compares them
   * with what the settings and counts say. `isStart` is true when the passage begins with the first line of a file.
   */
  readonly reader: (of: Judged<C>, isStart: boolean) => LineReader;
  /** The name of the gzip of a file, which must hold the same bytes; undefined where there is none. */
  readonly gzipOf?: (file: string) => string;
}

/** The counts of the manifest. */
export type Counts = Readonly<Record<string, JsonValue>>;

/** What is judged: the settings that decide the output, and its counts. */
export interface Judged<C> {
  readonly settings: C;
  readonly counts: Counts;
}

/** Lines that were read back from a table's files, with what the reader said of each. */
export interface SampledLines {
  readonly table: string;
  readonly lines: readonly string[];
}

export interface Judging<C> {
  /** True when a run with these settings puts its output in front of a server; where left out, `activate` says so. */
  readonly goesLive?: (settings: C) => boolean;
  readonly tables: readonly ModelTable<C>[];
  /** The counts of the manifest that say how many users and items the output holds. */
  readonly sides: Readonly<Partial<Record<Side, string>>>;
  /**
   * True when an output without a line may be published (a table of rules). Otherwise it is an error under any gate (a model of
   * vectors or pairs).
   */
  readonly mayBeEmpty: boolean;
  /** Checks that the training learned something; undefined for a job that only counts. */
  readonly learned?: (judged: Judged<C>, sample: readonly SampledLines[]) => Finding;
  /** The ids of a side in the staged output, in chunks of any size and any order, each id once. */
  readonly ids: (run: Run<C>, side: Side) => AsyncIterable<Float64Array>;
}

/** A count of the manifest as a number; undefined where there is none. */
export function countIn(counts: Counts, name: string | undefined): number | undefined {
  const value = name === undefined ? undefined : counts[name];
  return typeof value === 'number' ? value : undefined;
}
