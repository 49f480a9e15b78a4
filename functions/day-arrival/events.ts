/** What comes in from outside: S3's events, the hourly sweep, a person's request. */

import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { DAY_FORMS, parseDay } from '../../shared/model/day.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { type ArrivalEnvironment, lookAt, type Outcome } from './arrival.ts';
import { dayOfObject } from './core.ts';

/** An EventBridge event of S3, "Object Created": the fields that are looked at. */
export interface ObjectCreated {
  readonly detail?: { readonly bucket?: { readonly name?: string }; readonly object?: { readonly key?: string } };
}

/** An object has come, or so it is said: looks at the day that its key names. */
export async function arrive(event: ObjectCreated, environment: ArrivalEnvironment): Promise<Outcome> {
  const location = `s3://${event.detail?.bucket?.name ?? ''}/${event.detail?.object?.key ?? ''}`;
  const day = dayOfObject(environment.logPattern, location);
  if (day === undefined)
    return { kind: 'nothing', why: `${location} lies in no day's folder of ${environment.logPattern}` };
  return said(day, await lookAt(day, 'arrival', environment), environment);
}

/**
 * Looks at the last `days` days, today among them: what no event told of, what was decided and never started, what failed.
 * One day's trouble does not keep the others from being looked at. @throws AggregateError at the end
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

/** A person asks for a day. @throws UsageError when it names none, NoInputError for a day without logs */
export async function start(asked: { readonly day?: unknown }, environment: ArrivalEnvironment): Promise<Outcome> {
  const day = typeof asked.day === 'string' || typeof asked.day === 'number' ? parseDay(String(asked.day)) : undefined;
  if (day === undefined) {
    throw new UsageError(`which day? {"day": ${JSON.stringify(asked.day) ?? 'nothing'}} is none: write ${DAY_FORMS}`);
  }
  return said(day, await lookAt(day, 'hand', environment), environment);
}

function said(day: number, outcome: Outcome, { log }: ArrivalEnvironment): Outcome {
  log('info', outcome.kind === 'nothing' ? `nothing to do: ${outcome.why}` : `${outcome.kind}: ${outcome.name}`, {
    day,
  });
  return outcome;
}
