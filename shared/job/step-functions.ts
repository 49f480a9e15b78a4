/** Step Functions itself, behind the small interface that decisions are made on. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type ExecutionStatus as ServiceStatus,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PATIENCE, sayWaits } from '../aws-waits.ts';
import type { JsonValue } from '../json.ts';
import type { ExecutionStatus, Executions } from './executions.ts';

/** An error as Step Functions keeps it. */
export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** The first failure inside of an execution's Distributed Maps: there the shard's own error is. */
export type FailureInside = (executionArn: string) => Promise<Failure | undefined>;

/** More than any job's loops and steps come to: all of an execution's fit on one page. */
const MAP_RUNS = 1_000;

const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 30_000;

let shared: SFNClient | undefined;

/** The process's one client. Region, credentials and `AWS_ENDPOINT_URL` come from where the AWS SDK looks for them. */
export function sharedClient(env: NodeJS.ProcessEnv = process.env): SFNClient {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (env.AWS_ENDPOINT_URL ? 'us-east-1' : undefined);
  if (shared === undefined) {
    shared = new SFNClient({
      maxAttempts: PATIENCE.attempts,
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
      ...(region && { region }),
    });
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

/** An execution that a redrive is about to take up again has not ended. */
export const statusOf = (status: ServiceStatus | undefined): ExecutionStatus =>
  status === 'PENDING_REDRIVE' || status === undefined ? 'RUNNING' : status;

/**
 * A Map that failed says only that it did: what went wrong stands in the executions that it started. The Map that ended
 * an execution is its newest one.
 */
export const failureInside =
  (client: SFNClient): FailureInside =>
  async (executionArn) => {
    const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn, maxResults: MAP_RUNS }));
    const [newest] = mapRuns.sort((a, b) => Number(b.startDate) - Number(a.startDate));
    if (newest === undefined) return undefined;
    const { mapRunArn } = newest;
    const failed = await client.send(new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: 1 }));
    const first = failed.executions?.[0];
    if (first === undefined) return undefined;
    const { error, cause } = await client.send(new DescribeExecutionCommand({ executionArn: first.executionArn }));
    return { error: error ?? 'Error', cause: cause ?? '' };
  };
