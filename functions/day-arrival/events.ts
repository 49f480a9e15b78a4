/** The three ways in which arrival is called: S3's events, the hourly sweep, a person's request. */

import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { DAY_FORMS, parseDay } from '../../shared/model/day.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { type ArrivalEnvironment, lookAt, type Outcome } from './arrival.ts';
import { dayOfObject } from './core.ts';

/** The fields that are read of S3's EventBridge event "Object Created". */
export interface ObjectCreated {
  readonly detail?: { readonly bucket?: { readonly name?: string }; readonly object?: { readonly key?: string } };
}

/** Looks at the day that the key of a new object names. */
export async function arrive(event: ObjectCreated, environment: ArrivalEnvironment): Promise<Outcome> {
  const location = `s3://${event.detail?.bucket?.name ?? ''}/${event.detail?.object?.key ?? ''}`;
  const day = dayOfObject(environment.logPattern, location);
  if (day === undefined)
    return { kind: 'nothing', why: `${location} lies in no day's folder of ${environment.logPattern}` };
  return said(day, await lookAt(day, 'arrival', environment), environment);
}

/**
 * Looks at the last `days` days, today included. It finds days whose events were lost, and runs that were decided but never
 * started, or failed.
 *
 * @throws AggregateError after all days were looked at, when a look at one of them failed
 */
export async function sweep(days: number, environment: ArrivalEnvironment): Promise<Record<string, Outcome>> {
  const today = Math.floor(environment.now().getTime() / MS_PER_DAY);
  const outcomes: Record<string, Outcome> = {};
  const errors: Error[] = [];
  for (let day = today - days + 1; day <= today; day++) {
    try {
      outcomes[day] = said(day, await lookAt(day, 'sweep', environment), environment);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push(new Error(`day ${dayInWords(day)}: ${error.message}`, { cause: error }));
    }
  }
  if (errors.length === 0) return outcomes;
  throw new AggregateError(errors, `the sweep failed for ${errors.map((error) => error.message).join('; ')}`);
}

/**
 * Starts the day that a person asks for.
 * @throws UsageError when the request names no day, NoInputError for a day without logs
 */
export async function start(asked: { readonly day?: unknown }, environment: ArrivalEnvironment): Promise<Outcome> {
  const day = typeof asked.day === 'string' || typeof asked.day === 'number' ? parseDay(String(asked.day)) : undefined;
  if (day === undefined) {
    throw new UsageError(`${JSON.stringify(asked.day) ?? 'nothing'} is no day: write {"day": …} with ${DAY_FORMS}`);
  }
  return said(day, await lookAt(day, 'hand', environment), environment);
}

function said(day: number, outcome: Outcome, { log }: ArrivalEnvironment): Outcome {
  log('info', outcome.kind === 'nothing' ? `nothing to do: ${outcome.why}` : `${outcome.kind}: ${outcome.name}`, {
    day,
  });
  return outcome;
}
