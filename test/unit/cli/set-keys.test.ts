import { describe, expect, test } from 'vitest';
import { checkSetKeys, settingsKnownTo } from '../../../cli/set-keys.ts';
import { jobNamed } from '../../../functions/index.ts';
import { UsageError } from '../../../shared/errors.ts';

const als = jobNamed('matrix-factorization');
const word2vec = jobNamed('word2vec');

describe('keys behind --set', () => {
  test.each([
    [[als], ['rank=8', 'startDay=2011-12-09', 'awsKey=x']],
    // In a day, a key belongs to the jobs that know it.
    [
      [als, word2vec],
      ['rank=8', 'vectorSize=200'],
    ],
    [[als], ['actionWeightings=[{"actionType":1,"valuePerAction":1,"maxSum":1}]']],
    // A value that is no list is refused later, with the allowed values, when the settings are read.
    [[als], ['actionWeightings=nonsense']],
    [[als], []],
  ])('The keys of case %# are known', (jobs, set) => {
    expect(() => checkSetKeys(jobs, set)).not.toThrow();
  });

  test.each([
    [[als], ['ranks=64'], '"ranks" is no setting; did you mean rank?'],
    [[als], ['vectorSize=200'], '"vectorSize" is no setting'],
    [
      [als, word2vec],
      ['ranks=64', 'vectorsize=1'],
      'did you mean rank?; "vectorsize" is no setting; did you mean vectorSize?',
    ],
    [
      [als],
      ['actionWeightings=[{"actionTyp":1}]'],
      '"actionTyp" is no field of actionWeightings; did you mean actionType?',
    ],
    [[als], ['__proto__=1'], '"__proto__" is no setting'],
  ])('The keys of case %# are refused: %j', (jobs, set, message) => {
    expect(() => checkSetKeys(jobs, set)).toThrow(UsageError);
    expect(() => checkSetKeys(jobs, set)).toThrow(message);
  });

  test('Values are never shown', () => {
    expect(() => checkSetKeys([als], ['pasword=CANARY'])).toThrow(/^((?!CANARY).)*$/);
  });
});

test('A job of a day gets the settings that it knows', () => {
  const settings = { rank: '8', vectorSize: '200', inputPath: '/in', awsKey: 'x' };
  expect(settingsKnownTo(als, settings)).toEqual({ rank: '8', inputPath: '/in', awsKey: 'x' });
  expect(settingsKnownTo(jobNamed('group-actions'), settings)).toEqual({ awsKey: 'x' });
});
