/** Two ways in which arrival is called: the hourly sweep, and a person's request. The third one is `batch.ts`. */

import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { JsonValue } from '../../shared/json.ts';
import { DAY_FORMS, parseDay } from '../../shared/model/day.ts';
import { MS_PER_DAY } from '../../shared/model/time.ts';
import { type ArrivalEnvironment, lookAt, type Outcome } from './arrival.ts';

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

/** Logs what a look at a day led to, and returns it. @param fields more fields of the line */
export function said(
  day: number,
  outcome: Outcome,
  { log }: ArrivalEnvironment,
  fields: Readonly<Record<string, JsonValue>> = {},
): Outcome {
  const message = outcome.kind === 'nothing' ? `nothing to do: ${outcome.why}` : `${outcome.kind}: ${outcome.name}`;
  log('info', message, { day, ...fields });
  return outcome;
}
