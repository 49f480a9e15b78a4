/**
 * The file `resamples` beside `metrics.json`: each scorer's sums, from which the results of several days are pooled.
 *
 * A user has the same weights on every day, because weights follow from (seed, user, resample). When the sums of several days
 * are added, resample by resample, the result is therefore the bootstrap over users in which a user's days stay together.
 */
import type { JsonValue } from '../json.ts';
import { ColumnTable } from '../store/column-table.ts';
import { dayFolder } from '../store/keys.ts';
import { openSegments, type SegmentBody, SegmentWriter } from '../store/segments.ts';
import type { Store } from '../store/store.ts';
import { EVALUATION } from './metrics-document.ts';
import type { ResampleSums } from './resample-sums.ts';

export const RESAMPLES_FILE = 'resamples';

/** S scorers, R resamples. Each column is (S, R + 1): sums over the users whom the scorer serves. */
const TABLE = new ColumnTable({
  weights: Float64Array,
  recall: Float64Array,
  popularity: Float64Array,
  recentPopularity: Float64Array,
});

/** Days whose evaluations agree in everything but `scorers` can be pooled. */
type ResamplesMeta = {
  readonly seed: number;
  readonly resamples: number;
  readonly cutoff: number;
  readonly testDays: number;
  readonly scorers: readonly string[];
};

/** One scorer's sums of one day or of several, each (R + 1), in units of 2^-32 but for the weights. */
export interface OwnSums {
  readonly weights: Float64Array;
  readonly recall: Float64Array;
  readonly popularity: Float64Array;
  readonly recentPopularity: Float64Array;
}

/** The sums of one scorer, and a text that is the same for days that can be pooled. */
export interface DaySums extends OwnSums {
  readonly day: number;
  readonly alike: string;
}

/** Returns the content of the file. @param sums of all test users */
export function resamplesFile(
  sums: ResampleSums,
  { cutoff, testDays }: { readonly cutoff: number; readonly testDays: number },
): SegmentBody<ResamplesMeta> {
  const { seed, resamples, scorers } = sums;
  const column = (row: (scorer: string) => Float64Array): Float64Array => {
    const rows = new Float64Array(scorers.length * (resamples + 1));
    for (const [place, scorer] of scorers.entries()) rows.set(row(scorer), place * (resamples + 1));
    return rows;
  };
  const writer = new SegmentWriter();
  TABLE.write(writer, {
    weights: column((scorer) => sums.ownWeights(scorer)),
    recall: column((scorer) => sums.sums('all', scorer, 'recall')),
    popularity: column((scorer) => sums.ownSums(scorer, 'popularity')),
    recentPopularity: column((scorer) => sums.ownSums(scorer, 'recent-popularity')),
  });
  return writer.finish({ seed, resamples, cutoff, testDays, scorers });
}

/**
 * Reads the sums of one scorer; undefined when the day's evaluation does not have this scorer.
 * @throws MissingObjectError, DamagedObjectError
 */
export async function readDaySums(
  store: Store,
  client: string,
  day: number,
  scorer: string,
): Promise<DaySums | undefined> {
  const key = dayFolder(client, EVALUATION, day) + RESAMPLES_FILE;
  const file = await openSegments<ResamplesMeta>(store, key);
  const { scorers, ...rest } = file.meta;
  const place = scorers.indexOf(scorer);
  if (place < 0) return undefined;
  const width = rest.resamples + 1;
  const rows = { from: place * width, to: (place + 1) * width };
  const read = (name: keyof OwnSums): Promise<Float64Array> => TABLE.readRows(file, name, rows);
  const [weights, recall, popularity, recentPopularity] = await Promise.all([
    read('weights'),
    read('recall'),
    read('popularity'),
    read('recentPopularity'),
  ]);
  return { day, alike: JSON.stringify(rest satisfies JsonValue), weights, recall, popularity, recentPopularity };
}
