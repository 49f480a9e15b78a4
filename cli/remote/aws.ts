/** The deployed pipeline on AWS, or on the server that AWS_ENDPOINT_URL names. */
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListMapRunsCommand,
  paginateListStateMachines,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { readCause } from '../../functions/day-arrival/failure-words.ts';
import { PATIENCE, sayWaits } from '../../shared/aws-waits.ts';
import { defined } from '../../shared/defined.ts';
import { PipelineError, UsageError } from '../../shared/errors.ts';
import { executionArn, failureInside, sharedClient, statusOf, stepFunctions } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { ExecutionReport, HistoryLine, Progress, Remote } from './remote.ts';

/** The number of executions in a request, and of those that are searched for a name. */
const PAGE = 200;
const MOST_LOOKED_THROUGH = 1_000;
/** The number of a history's newest events that are searched for the newest state. */
const NEWEST_EVENTS = 100;

export function remoteOnAws(environment: string): Remote {
  if (!/^[a-z][a-z0-9]{0,15}$/.test(environment)) {
    throw new UsageError(
      `--env ${JSON.stringify(environment)} is no name of an environment, which is a small letter, then small letters and digits`,
    );
  }
  const sfn = sharedClient();
  const region =
    process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || (process.env.AWS_ENDPOINT_URL && 'us-east-1');
  const lambda = new LambdaClient(defined({ maxAttempts: PATIENCE.attempts, region: region || undefined }));
  // A function may take minutes to answer, so the client has no idle limit.
  sayWaits(lambda, 'AWS Lambda');
  const nameOf = (component: string) => `offline-${environment}-${component}`;
  let machines: Promise<Map<string, string>> | undefined;
  const report = (arn: string): Promise<ExecutionReport> => describeExecution(sfn, arn);

  return {
    environment,
    executions: stepFunctions(sfn),
    machine: async (component) => {
      machines ??= listMachines(sfn);
      const arn = (await machines).get(nameOf(component));
      if (arn !== undefined) return arn;
      throw new UsageError(
        `there is no state machine ${nameOf(component)} in this account and region: is '${environment}' deployed here? ` +
          '(npx cdk deploy -c env=…; AWS_PROFILE and AWS_REGION choose the account and region)',
      );
    },
    deployed: async (jobs) => {
      machines ??= listMachines(sfn);
      const names = await machines;
      return jobs.filter((job) => names.has(nameOf(job.name)));
    },
    invoke: async (component, handler, payload) => {
      const FunctionName = `${nameOf(component)}-${handler}`;
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
      const text = new TextDecoder().decode(answer.Payload);
      if (answer.FunctionError === undefined) return JSON.parse(text) as JsonValue;
      throw thrownBy(FunctionName, text);
    },
    outputRoot: async () => {
      const FunctionName = `${nameOf('arrival')}-start`;
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const root = Environment?.Variables?.OUTPUT_ROOT;
      if (root !== undefined) return root;
      throw new PipelineError(`${FunctionName} has no OUTPUT_ROOT in its environment: deploy the stack again`);
    },
    describe: async (machine, name) => {
      if ((await stepFunctions(sfn).status(machine, name)) === undefined) return undefined;
      return report(executionArn(machine, name));
    },
    list: async (stateMachineArn, { limit, running = false, named = '' }) => {
      const found: ExecutionListItem[] = [];
      let nextToken: string | undefined;
      let looked = 0;
      do {
        const page = await sfn.send(
          new ListExecutionsCommand(
            defined({
              stateMachineArn,
              maxResults: PAGE,
              nextToken,
              statusFilter: running ? ('RUNNING' as const) : undefined,
            }),
          ),
        );
        found.push(...(page.executions ?? []).filter(({ name = '' }) => name.startsWith(named)));
        looked += page.executions?.length ?? 0;
        nextToken = page.nextToken;
      } while (nextToken !== undefined && found.length < limit && looked < MOST_LOOKED_THROUGH);
      return Promise.all(found.slice(0, limit).map((item) => report(item.executionArn as string)));
    },
    progress: (arn) => progressOf(sfn, arn),
    history: (arn) => historyOf(sfn, arn),
    failureInside: failureInside(sfn),
  };
}

async function listMachines(client: SFNClient): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of paginateListStateMachines({ client }, {})) {
    for (const { name, stateMachineArn } of page.stateMachines ?? [])
      found.set(name as string, stateMachineArn as string);
  }
  return found;
}

/** Returns the error that the function threw, with the name and message that it has in a local run. */
function thrownBy(functionName: string, text: string): Error {
  const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
  const error = new PipelineError(errorMessage ?? `${functionName} failed: ${text}`);
  if (errorType !== undefined) error.name = errorType;
  return error;
}

async function describeExecution(client: SFNClient, arn: string): Promise<ExecutionReport> {
  const found = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
  return {
    arn,
    name: found.name ?? arn,
    status: statusOf(found.status),
    started: timeOf(found.startDate),
    stopped: found.stopDate ? timeOf(found.stopDate) : null,
    input: JSON.parse(found.input ?? '{}') as ExecutionReport['input'],
    output: found.output === undefined ? null : (JSON.parse(found.output) as ExecutionReport['output']),
    error: found.error ?? null,
    cause: found.cause ?? null,
  };
}

async function progressOf(client: SFNClient, executionArn: string): Promise<Progress> {
  const { events = [] } = await client.send(
    new GetExecutionHistoryCommand({
      executionArn,
      reverseOrder: true,
      maxResults: NEWEST_EVENTS,
      includeExecutionData: false,
    }),
  );
  const state =
    events.find(({ stateEnteredEventDetails: entered }) => entered)?.stateEnteredEventDetails?.name ?? 'starting';
  const mapRunArn = events.find(({ mapRunStartedEventDetails: started }) => started)?.mapRunStartedEventDetails
    ?.mapRunArn;
  if (mapRunArn === undefined || !events.some(({ type }) => type === 'MapStateEntered')) return { state, shards: null };
  const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
  const newest = mapRuns.find((run) => run.mapRunArn === mapRunArn && run.stopDate === undefined);
  if (newest === undefined) return { state, shards: null };
  const { itemCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn }));
  const { succeeded = 0, failed = 0, total = 0 } = itemCounts ?? {};
  return { state, shards: { done: succeeded, failed, total } };
}

async function historyOf(client: SFNClient, executionArn: string): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }));
    lines.push(...(page.events ?? []).flatMap(lineOf));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

/** Returns a line for an event that enters a state or reports a failure. The other events repeat these. */
function lineOf(event: HistoryEvent): HistoryLine[] {
  const time = timeOf(event.timestamp);
  const entered = event.stateEnteredEventDetails?.name;
  if (entered !== undefined) return [{ time, event: 'state', detail: entered }];
  const failure = [
    ...[event.lambdaFunctionFailedEventDetails, event.taskFailedEventDetails, event.taskTimedOutEventDetails],
    ...[event.mapRunFailedEventDetails, event.executionFailedEventDetails, event.executionTimedOutEventDetails],
    ...[event.executionAbortedEventDetails, event.taskStartFailedEventDetails, event.taskSubmitFailedEventDetails],
  ].find((details) => details !== undefined);
  if (failure === undefined) return [];
  const { error, cause } = readCause({ error: failure.error ?? 'Error', cause: failure.cause ?? '' });
  return [{ time, event: event.type ?? 'failed', detail: `${error}: ${cause}` }];
}

const timeOf = (date: Date | undefined): string => (date === undefined ? '' : date.toISOString());
