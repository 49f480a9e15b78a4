/**
 * The file `resamples` beside `metrics.json`: each scorer's sums, from which the results of several days are pooled.
 *
 * A user has the same weights on every day, because weights follow from (seed, user, resample). When the sums of several days
 * are added, resample by resample, the result is therefore the bootstrap over users in which a user's days stay together.
 */
import { bytesOf, doublesIn } from '../columns/bytes.ts';
import { dayFolder } from '../store/keys.ts';
import { openSegments, type SegmentBody, SegmentWriter } from '../store/segments.ts';
import type { Store } from '../store/store.ts';
import { EVALUATION } from './metrics-document.ts';
import type { ResampleSums } from './resample-sums.ts';

export const RESAMPLES_FILE = 'resamples';

/** The rows of a scorer's section: R + 1 sums each, over the users whom the scorer serves. */
const ROWS = ['weights', 'recall', 'popularity', 'recentPopularity'] as const;

/** Days whose evaluations agree in this can be pooled. */
type ResamplesMeta = {
  readonly seed: number;
  readonly resamples: number;
  readonly cutoff: number;
  readonly testDays: number;
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
  const writer = new SegmentWriter();
  // A section for each scorer, because readers need one scorer of many days.
  for (const scorer of scorers) {
    const rows: OwnSums = {
      weights: sums.ownWeights(scorer),
      recall: sums.sums('all', scorer, 'recall'),
      popularity: sums.ownSums(scorer, 'popularity'),
      recentPopularity: sums.ownSums(scorer, 'recent-popularity'),
    };
    writer.add(
      scorer,
      ROWS.map((row) => bytesOf(rows[row])),
    );
  }
  return writer.finish({ seed, resamples, cutoff, testDays });
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
  if (!file.has(scorer)) return undefined;
  const sums = doublesIn(await file.read(scorer));
  const width = file.meta.resamples + 1;
  const row = (name: keyof OwnSums): Float64Array => {
    const start = ROWS.indexOf(name) * width;
    return sums.subarray(start, start + width);
  };
  return {
    day,
    alike: JSON.stringify(file.meta),
    weights: row('weights'),
    recall: row('recall'),
    popularity: row('popularity'),
    recentPopularity: row('recentPopularity'),
  };
}
