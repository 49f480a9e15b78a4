/** The Lambda entry points: the plain functions with the world around them. */
import { Logger } from '@aws-lambda-powertools/logger';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import type { Log } from '../../shared/job/job.ts';
import { failureInside, sharedClient, stepFunctions } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { type ArrivalEnvironment, type Look, settle } from './arrival.ts';
import * as daily from './daily.ts';
import type { DayExecution } from './day-records.ts';
import { arrive, type ObjectCreated, start, sweep } from './events.ts';
import { readVariables } from './settings.ts';

const logger = new Logger({ serviceName: 'day-arrival' });
const log: Log = (level, message, fields) => logger[level](message, { ...fields });

function arrival(): ArrivalEnvironment {
  const names = [
    'LOG_PATTERN',
    'OUTPUT_ROOT',
    'DAILY_MACHINE',
    'ARRIVAL_MACHINE',
    'ARRIVAL_RULE',
    'QUIET_MINUTES',
  ] as const;
  const read = readVariables(process.env, names);
  return {
    ...{ openStore, log, executions: stepFunctions(sharedClient()), now: () => new Date() },
    ...{ dailyMachine: read.DAILY_MACHINE, arrivalMachine: read.ARRIVAL_MACHINE },
    ...{ logPattern: read.LOG_PATTERN, outputRoot: read.OUTPUT_ROOT },
    ...{ rule: read.ARRIVAL_RULE, quietMinutes: read.QUIET_MINUTES },
  };
}

function day(): daily.DailyEnvironment {
  const read = readVariables(process.env, ['ENVIRONMENT', 'OUTPUT_ROOT', 'CONFIG_ROOT']);
  const inside = failureInside(sharedClient());
  return {
    ...{ openStore, openConfigRoot, log, failureInside: inside },
    ...{ name: read.ENVIRONMENT, outputRoot: read.OUTPUT_ROOT, configRoot: read.CONFIG_ROOT },
  };
}

type Settle = { readonly day: number; readonly wait: number; readonly look: Look };

/** Handler name → Lambda handler. */
export const handlers = {
  arrive: (event: ObjectCreated) => arrive(event, arrival()),
  settle: (event: Settle) => settle(event.day, event.wait, event.look, arrival()),
  sweep: () => sweep(readVariables(process.env, ['SWEEP_DAYS']).SWEEP_DAYS, arrival()),
  start: (event: { readonly day?: unknown }) => start(event, arrival()),
  clients: (event: DayExecution): Promise<JsonValue> => daily.clients(event, day()),
  enabled: (event: { readonly client: string }): Promise<JsonValue> => daily.enabled(event.client, day()),
  explain: (event: daily.FailedJob): Promise<JsonValue> => daily.explain(event, day()),
  record: (event: daily.RecordRequest): Promise<JsonValue> => daily.record(event, day()),
  summary: (event: DayExecution): Promise<JsonValue> => daily.summary(event, day()),
};
