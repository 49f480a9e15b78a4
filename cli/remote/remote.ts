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
  /** The output of an execution that succeeded; null for any other. */
  readonly output: Readonly<Record<string, JsonValue>> | null;
  readonly error: string | null;
  readonly cause: string | null;
}

/** Returns the id of the run in an execution's name (`executionName`); undefined when the name has none. */
export const runInName = ({ name }: Pick<ExecutionReport, 'name'>): string | undefined =>
  /-([0-9a-f]{16})-\d+$/.exec(name)?.[1];

/** The progress of an execution: its newest state and, in a Map, the numbers of shards. */
export interface Progress {
  readonly state: string;
  readonly shards: { readonly done: number; readonly failed: number; readonly total: number } | null;
}

export interface HistoryLine {
  /** ISO-8601. */
  readonly time: string;
  readonly event: string;
  /** The state's name, or the error and its cause. */
  readonly detail: string;
}

/** Selects executions of a machine, at most `limit` of them. */
export interface ListFilter {
  readonly limit: number;
  readonly running?: boolean;
  /** The beginning of their names. Only the newest executions are searched. */
  readonly named?: string;
}

export interface Remote {
  readonly environment: string;
  readonly executions: Executions;
  /** Resolves to the ARN of the state machine `offline-<environment>-<component>`. @throws UsageError when there is none */
  machine(component: string): Promise<string>;
  /** Resolves to the jobs that have a state machine in this environment, which may be older than the registry. */
  deployed(jobs: readonly AnyJob[]): Promise<readonly AnyJob[]>;
  /** Calls `offline-<environment>-<component>-<handler>`. @throws what the function threw, under its name */
  invoke(component: string, handler: string, payload: JsonValue): Promise<JsonValue>;
  /** Resolves to the root that the deployment writes to. */
  outputRoot(): Promise<string>;
  describe(machine: string, name: string): Promise<ExecutionReport | undefined>;
  /** Lists executions, the newest first. */
  list(machine: string, filter: ListFilter): Promise<ExecutionReport[]>;
  progress(arn: string): Promise<Progress>;
  history(arn: string): Promise<HistoryLine[]>;
  /** Returns the error of the shard because of which an execution failed; undefined when no shard failed. */
  readonly failureInside: FailureInside;
}

/** Waits for the end of an execution. @param pause waits before the next look at it */
export async function statusAtEnd(
  { executions }: Pick<Remote, 'executions'>,
  machine: string,
  name: string,
  pause: () => Promise<unknown>,
): Promise<Exclude<ExecutionStatus, 'RUNNING'>> {
  for (;;) {
    const status = await executions.status(machine, name);
    // Step Functions may not know an execution yet that has just started.
    if (status !== undefined && status !== 'RUNNING') return status;
    await pause();
  }
}
