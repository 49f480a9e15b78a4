/** The words in which a day's summary names failures, and models that were kept from going live. */
import { dayInWords } from '../../shared/in-words.ts';
import type { ClientOutcome, DaySummary } from './day-records.ts';
import { isFailure } from './outcomes.ts';

/** The number of failures that the end of an execution names. The summary's object names all of them. */
export const NAMED_FAILURES = 20;

/** Returns a line for each model that was kept from going live. */
export const keptOf = ({ jobs, client }: ClientOutcome): string[] =>
  Object.entries(jobs).flatMap(([job, outcome]) => {
    if (outcome.outcome === 'notActivated') return [`${job}, client ${client}: not activated: ${outcome.why}`];
    return outcome.outcome === 'blocked' ? [`${outcome.error.name}: ${outcome.error.message}`] : [];
  });

/** Returns the models that a day kept from going live. @param where the place of the whole summary */
export function keptInWords({ kept }: DaySummary, where: string): string {
  const more = kept.length - NAMED_FAILURES;
  return [
    `${kept.length} models were kept from going live:`,
    ...kept.slice(0, NAMED_FAILURES),
    ...(more > 0 ? [`and ${more} more in ${where}`] : []),
  ].join('\n');
}

/** Returns a line for each job that made the day fail, or was skipped because another one failed. */
export const failuresOf = ({ jobs, error, client }: ClientOutcome): string[] => [
  ...(error ? [`${error.name}: ${error.message}`] : []),
  ...Object.entries(jobs).flatMap(([job, outcome]) => {
    if (outcome.outcome === 'failed' && isFailure(outcome)) return [`${outcome.error.name}: ${outcome.error.message}`];
    return outcome.outcome === 'skipped' && isFailure(outcome)
      ? [`${job}, client ${client}: skipped, ${outcome.error.message}`]
      : [];
  }),
];

/** Returns the message of a day that failed. @param environment its name */
export function messageOf({ day, clients, failed, failures }: DaySummary, where: string, environment: string): string {
  const more = failures.length - NAMED_FAILURES;
  return [
    `day ${dayInWords(day)}: ${failed} of ${clients} clients failed, all others are done.`,
    ...failures.slice(0, NAMED_FAILURES),
    ...(more > 0 ? [`and ${more} more in ${where}`] : []),
    `Remove the cause, then: offline start --env ${environment} --start-day ${day}`,
  ].join('\n');
}
