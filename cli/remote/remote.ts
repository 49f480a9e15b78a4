/** A deployed pipeline, as the command line sees it. Resources are found by their names: `offline-<environment>-…`. */
import type { ExecutionStatus, Executions } from '../../shared/job/executions.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { FailureInside } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';

export interface ExecutionReport {
  readonly arn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  /** ISO-8601. */
  readonly started: string;
  readonly stopped: string | null;
  readonly input: Readonly<Record<string, JsonValue>>;
  /** Of an execution that succeeded. */
  readonly output: Readonly<Record<string, JsonValue>> | null;
  readonly error: string | null;
  readonly cause: string | null;
}

/** Where an execution is: its newest state and, in a Map, how far that is. */
export interface Progress {
  readonly state: string;
  readonly shards: { readonly done: number; readonly failed: number; readonly total: number } | null;
}

export interface HistoryLine {
  /** ISO-8601. */
  readonly time: string;
  readonly event: string;
  /** The state's name, or error and cause. */
  readonly detail: string;
}

/** Which of a machine's executions; at most `limit` of them. */
export interface ListFilter {
  readonly limit: number;
  readonly running?: boolean;
  /** Their names begin so. Looked for among the newest only. */
  readonly named?: string;
}

export interface Remote {
  readonly environment: string;
  readonly executions: Executions;
  /** The ARN of the state machine `offline-<environment>-<component>`. @throws UsageError when there is none */
  machine(component: string): Promise<string>;
  /** Those of the jobs that this environment has a state machine of: it may be older than the registry. */
  deployed(jobs: readonly AnyJob[]): Promise<readonly AnyJob[]>;
  /** Calls `offline-<environment>-<component>-<handler>`. @throws what the function threw, under its name */
  invoke(component: string, handler: string, payload: JsonValue): Promise<JsonValue>;
  /** The root that the deployment writes to. */
  outputRoot(): Promise<string>;
  describe(machine: string, name: string): Promise<ExecutionReport | undefined>;
  /** The newest first. */
  list(machine: string, filter: ListFilter): Promise<ExecutionReport[]>;
  progress(arn: string): Promise<Progress>;
  history(arn: string): Promise<HistoryLine[]>;
  /** What went wrong in the shard that an execution failed for; undefined where it was no shard. */
  readonly failureInside: FailureInside;
}
