/** The Lambda entry points: the plain functions with the world around them. */
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { assertFits } from '../../shared/job/handlers.ts';
import type { Log } from '../../shared/job/job.ts';
import { observed, surroundingsOf } from '../../shared/job/observed.ts';
import { failureInside, sharedClient, stepFunctions } from '../../shared/job/step-functions.ts';
import type { JsonValue } from '../../shared/json.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { type ArrivalEnvironment, type Look, settle } from './arrival.ts';
import * as daily from './daily.ts';
import type { DayExecution } from './day-records.ts';
import { arrive, type ObjectCreated, start, sweep } from './events.ts';
import { readVariables } from './settings.ts';

const surroundings = surroundingsOf('day-arrival');
const log: Log = (level, message, fields) => surroundings.logger[level](message, { ...fields });

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

/** A handler as Lambda calls it: what comes and goes fits a state, and it says how long it took. */
function entry<Event extends object, Answer>(name: string, handle: (event: Event) => Promise<Answer>) {
  return (event: Event): Promise<Answer> =>
    observed(surroundings, name, placeOf(name, event), async () => {
      assertFits(event as JsonValue, 'the event');
      const answer = await handle(event);
      assertFits((answer ?? null) as JsonValue, 'the answer');
      return answer;
    });
}

/** What an event says of the day and the client that it is about. */
function placeOf(
  step: string,
  event: { readonly day?: unknown; readonly client?: unknown },
): Record<string, JsonValue> {
  const { day, client } = event;
  return {
    step,
    ...(typeof day === 'number' && { day }),
    ...(typeof client === 'string' && { client }),
  };
}

type Settle = { readonly day: number; readonly wait: number; readonly look: Look };

/** Handler name → Lambda handler. */
export const handlers = {
  arrive: entry('arrive', (event: ObjectCreated) => arrive(event, arrival())),
  settle: entry('settle', (event: Settle) => settle(event.day, event.wait, event.look, arrival())),
  sweep: entry('sweep', () => sweep(readVariables(process.env, ['SWEEP_DAYS']).SWEEP_DAYS, arrival())),
  start: entry('start', (event: { readonly day?: unknown }) => start(event, arrival())),
  clients: entry('clients', (event: DayExecution) => daily.clients(event, day())),
  enabled: entry('enabled', (event: { readonly client: string }) => daily.enabled(event.client, day())),
  explain: entry('explain', (event: daily.FailedJob) => daily.explain(event, day())),
  record: entry('record', (event: daily.RecordRequest) => daily.record(event, day())),
  summary: entry('summary', (event: DayExecution) => daily.summary(event, day())),
};
