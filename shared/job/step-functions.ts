/** The AWS service Step Functions, behind the interface `Executions`. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListExecutionsCommand,
  ListMapRunsCommand,
  paginateListExecutions,
  type ExecutionStatus as ServiceStatus,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PATIENCE, sayWaits } from '../aws-waits.ts';
import { defined } from '../defined.ts';
import type { JsonValue } from '../json.ts';
import type { ExecutionStatus, Executions, ListRunning, RunningExecution } from './executions.ts';

/** An error in the form in which Step Functions stores it. */
export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** Returns the first failure in an execution's Distributed Maps, which is the error of a shard. */
export type FailureInside = (executionArn: string) => Promise<Failure | undefined>;

/** The size of a page, the largest one. No job has so many Map runs, so all Map runs of an execution are on one page. */
const PAGE = 1_000;

const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection without traffic for this time is closed. */
const IDLE_TIMEOUT_MS = 30_000;

let shared: SFNClient | undefined;

/**
 * Returns the only client of the process. Region, credentials and `AWS_ENDPOINT_URL` come from the usual places of the AWS SDK.
 */
export function sharedClient(env: NodeJS.ProcessEnv = process.env): SFNClient {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (env.AWS_ENDPOINT_URL ? 'us-east-1' : undefined);
  if (shared === undefined) {
    shared = new SFNClient(
      defined({
        maxAttempts: PATIENCE.attempts,
        requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
        region,
      }),
    );
    sayWaits(shared, 'Step Functions');
  }
  return shared;
}

/** `arn:…:stateMachine:<machine>` → `arn:…:execution:<machine>:<name>`. */
export const executionArn = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

export function stepFunctions(client: SFNClient): Executions {
  return {
    async start(machine: string, name: string, input: JsonValue): Promise<boolean> {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }));
        return true;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return false;
        throw error;
      }
    },
    async status(machine: string, name: string): Promise<ExecutionStatus | undefined> {
      try {
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(machine, name) }),
        );
        return statusOf(status);
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
  };
}

/** Asks once for each thousand executions that run. */
export const runningExecutions =
  (client: SFNClient): ListRunning =>
  async (stateMachineArn) => {
    const pages = paginateListExecutions({ client, pageSize: PAGE }, { stateMachineArn, statusFilter: 'RUNNING' });
    const running: RunningExecution[] = [];
    for await (const { executions = [] } of pages) {
      running.push(...executions.map(({ executionArn, startDate }) => ({ arn: executionArn!, since: startDate! })));
    }
    return running;
  };

/** Returns the status. An execution that waits for a redrive counts as running. */
export const statusOf = (status: ServiceStatus | undefined): ExecutionStatus =>
  status === 'PENDING_REDRIVE' || status === undefined ? 'RUNNING' : status;

/**
 * Looks for the failure in the executions that the newest Map started. The Map itself says only that it failed, and the newest
 * Map is the one that ended the execution.
 */
export const failureInside =
  (client: SFNClient): FailureInside =>
  async (executionArn) => {
    const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn, maxResults: PAGE }));
    const [newest] = mapRuns.sort((a, b) => Number(b.startDate) - Number(a.startDate));
    if (newest === undefined) return undefined;
    const { mapRunArn } = newest;
    const failed = await client.send(new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1 }));
    const first = failed.executions?.[0];
    if (first === undefined) return undefined;
    const { error, cause } = await client.send(new DescribeExecutionCommand({ executionArn: first.executionArn }));
    return { error: error ?? 'Error', cause: cause ?? '' };
  };
