import { describe, expect, test } from 'vitest';
import { SCORED } from '../../../cli/evaluation-request.ts';
import { variantsOf } from '../../../cli/variants.ts';
import { jobNamed } from '../../../functions/index.ts';

const parsed = (...texts: string[]) => variantsOf(texts, SCORED, ['popularity', ...SCORED.map(({ name }) => name)]);

describe('--variant', () => {
  test('belongs to the one job that knows all of its keys', () => {
    expect(parsed('wide:rank=64,alpha=10', 'many:limit=200', 'fast:learningRate=0.1', 'rare:minSupport=0.001')).toEqual(
      [
        { name: 'wide', job: 'matrix-factorization', settings: { rank: '64', alpha: '10' } },
        { name: 'many', job: 'similar-items', settings: { limit: '200' } },
        { name: 'fast', job: 'word2vec', settings: { learningRate: '0.1' } },
        { name: 'rare', job: 'fpgrowth', settings: { minSupport: '0.001' } },
      ],
    );
  });

  test('has values with commas in brackets and quotes, with equals signs and with colons', () => {
    const weightings = '[{"actionType":1,"valuePerAction":2,"maxSum":4},{"actionType":2,"valuePerAction":0}]';
    expect(parsed(`a:actionWeightings=${weightings},rank=8`)[0]?.settings).toEqual({
      actionWeightings: weightings,
      rank: '8',
    });
    expect(parsed('b:inputSubFolder="x,y]",minLift=1')[0]?.settings).toEqual({
      inputSubFolder: '"x,y]"',
      minLift: '1',
    });
    expect(parsed('c:inputSubFolder=a=b:c')[0]?.settings).toEqual({ inputSubFolder: 'a=b:c' });
  });

  test.each([
    ['rank=64', /NAME:key=value/],
    [':rank=64', /NAME:key=value/],
    ['my name:rank=64', /NAME:key=value/],
    ['wide', /NAME:key=value/],
    ['wide:', /after the colon/],
    ['wide:rank', /after the colon/],
    ['wide:rank=64,alpha', /after the colon/],
    ['a-name-that-is-too-long:rank=64', /at most 20 characters/],
    ['wide:rank=64,rank=32', /twice/],
    ['popularity:rank=64', /there is a scorer of this name/],
    ['word2vec:rank=64', /there is a scorer of this name/],
    ['wide:rnak=64', /"rnak" is no setting; did you mean rank\?/],
    [
      'wide:rank=64,limit=5',
      /no job has all of these settings: rank is one of matrix-factorization; limit is one of similar-items/,
    ],
    ['long:days=60', /days: of which job\? matrix-factorization, similar-items, word2vec, fpgrowth have/],
    ['live:rank=64,activate=true', /activate changes no model/],
    ['table:limit=5,jdbc=x', /jdbc changes no model/],
    ['later:rank=64,startDay=15000', /give --start-day/],
    ['long:window=3,days=60', /in one folder/],
  ])('%s is wrong usage', (text, why) => {
    expect(() => parsed(text)).toThrow(why);
    expect(() => parsed(text)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });

  test('of the same name as another is wrong usage', () => {
    expect(() => parsed('wide:rank=64', 'wide:rank=128')).toThrow(/--variant wide: two variants have this name/);
  });

  test('with a key of several jobs is of the one that --jobs names', () => {
    expect(variantsOf(['long:days=60'], [jobNamed('similar-items')], [])).toEqual([
      { name: 'long', job: 'similar-items', settings: { days: '60' } },
    ]);
  });
});
