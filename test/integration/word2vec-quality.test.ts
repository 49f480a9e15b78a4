/**
 * How good word vectors are on real sessions: held-out items are found again as well as by gensim's vectors, in one
 * partition and in several, whatever the seed.
 */
import { describe, expect, test } from 'vitest';
import { word2vec } from '../../functions/word2vec/job.ts';
import { heldOutSessions, type Quality, qualityOf } from '../helpers/real-sessions.ts';
import { QUALITY_TRAINING, trainInMemory } from '../helpers/word2vec-training.ts';

const WITHIN_MS = 180_000;
/** Equal: what another draw of start vectors and windows changes. */
const EQUAL = 0.98;
const PARTITIONED = 0.95;

/**
 * What gensim 4.4.0 reaches with the same sessions, settings and questions, the mean of its seeds 1, 2 and 3: as `npm run
 * bench -- --only word2vec` found it on 2026-11-24. Chance is 20 in 3,188 items, and an area of 0.5.
 */
const SETS = [
  { data: 'onlineretail', measure: 'hitRate', gensim: 0.1446, seeds: [1, 2] },
  { data: 'movietweetings', measure: 'weightedAuc', gensim: 0.6984, seeds: [1, 2, 3] },
] as const satisfies readonly { data: string; measure: keyof Quality; gensim: number; seeds: readonly number[] }[];

/** What a configuration that says nothing of it gets. */
const sharedPath = word2vec.settings.shape.sharedPath.parse(undefined);

describe.each(SETS)('$measure on $data', ({ data, measure, gensim, seeds }) => {
  const heldOut = heldOutSessions(data, { minCount: 5, seed: 5 });
  const meanOf = async (partitions: number): Promise<number> => {
    let sum = 0;
    for (const seed of seeds) {
      const { vectors, stride } = await trainInMemory(heldOut, { ...QUALITY_TRAINING, sharedPath, partitions, seed });
      sum += qualityOf(heldOut, vectors, stride)[measure];
    }
    return sum / seeds.length;
  };

  test.each([
    [1, EQUAL],
    [4, PARTITIONED],
    [16, PARTITIONED],
  ])(
    'with %d partitions is at least %d of gensim’s',
    async (partitions, share) => {
      expect(await meanOf(partitions)).toBeGreaterThan(share * gensim);
    },
    WITHIN_MS,
  );
});
