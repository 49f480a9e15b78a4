import { expect, test } from 'vitest';
import { JOBS } from '../../../functions/index.ts';
import { modelsNodeOf } from '../../../shared/job/job.ts';

test('Jobs with a runtime node or a table keep versions, under the name that the server knows or their own name', () => {
  expect(Object.fromEntries(JOBS.map((job) => [job.name, modelsNodeOf(job)]))).toEqual({
    'group-actions': undefined,
    'matrix-factorization': 'mf',
    'similar-items': 'similar-items',
    sessionitems: undefined,
    word2vec: 'word2vec',
    'cluster-by-dimension': 'userclusters',
    tagaffinity: 'tagaffinity',
    basketanalysis: undefined,
    fpgrowth: 'assocrules',
  });
});
