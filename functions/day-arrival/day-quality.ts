/** How good the models were on a day, from the day's evaluation, and the words for it in the day's summary. */
import { evaluatedDays } from '../../shared/evaluation/evaluated-days.ts';
import { readMetrics } from '../../shared/evaluation/metrics-document.ts';
import { estimateInWords, placesInWords, type Quality, readQuality } from '../../shared/evaluation/quality.ts';
import { dayInWords } from '../../shared/in-words.ts';
import { unlessDamaged, type Warn } from '../../shared/live/documents.ts';
import type { Store } from '../../shared/store/store.ts';
import type { ClientOutcome } from './day-records.ts';

/** The most clients whose records are read for their quality. A summary of thousands of clients would not be read anyway. */
export const CLIENTS_WITH_QUALITY = 100;

/**
 * Returns scorer → quality of the models that were evaluated on a day; undefined when the client has no evaluation of the day.
 * @param warn hears of damaged evaluations
 */
export async function qualityOfDay(
  output: Store,
  client: string,
  day: number,
  warn: Warn,
): Promise<Record<string, Quality> | undefined> {
  const metrics = await unlessDamaged(() => readMetrics(output, client, day), undefined, warn);
  if (metrics === undefined) return undefined;
  const names = metrics.scorers.filter(({ job }) => job !== null).map(({ name }) => name);
  const days = names.length === 0 ? [] : await evaluatedDays(output, client, day);
  const found: Record<string, Quality> = {};
  for (const name of names) {
    const quality = await readQuality(output, client, name, days, warn);
    if (quality?.day === day) found[name] = quality;
  }
  return found;
}

/** Returns a line for each evaluated model of a client. */
export const qualityLinesOf = ({ client, quality = {} }: ClientOutcome): string[] =>
  Object.entries(quality).map(([name, { cutoff, users, recall, baselines, change }]) => {
    const facts = [
      `recall@${cutoff} ${estimateInWords(recall)} of ${users} users`,
      ...(change === null ? [] : [`${signed(change.recall)} since ${dayInWords(change.since)}`]),
      `popularity ${estimateInWords(baselines.popularity)}`,
      `recent popularity ${estimateInWords(baselines['recent-popularity'])}`,
    ];
    return `${name}, client ${client}: ${facts.join(', ')}`;
  });

const signed = (difference: number): string => `${difference < 0 ? '' : '+'}${difference.toFixed(3)}`;

/** Returns a line for each model of a client that no longer stands beside the popularities where it stood the day before. */
export const standingsOf = ({ client, quality = {} }: ClientOutcome): string[] =>
  Object.entries(quality).flatMap(([name, { standing, standingBefore }]) => {
    if (standing === null) return [];
    const now = placesInWords(standing);
    const was = standingBefore === null ? undefined : placesInWords(standingBefore);
    if (now === was) return [];
    const before = was === undefined ? 'it had too few users to tell before' : `it was ${was}`;
    return [`${name}, client ${client}: its recall is now ${now}, over its last evaluated days; ${before}`];
  });
