import { expect, test } from 'vitest';
import { CorruptInputError, DamagedObjectError } from '../../../shared/errors.ts';
import { healing } from '../../../shared/job/heal.ts';

/** A run that throws these errors, one at each attempt, and then succeeds. */
function runAfter(...errors: Error[]) {
  let runs = 0;
  const said: string[] = [];
  const run = async () => {
    const error = errors[runs++];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { healed: () => healing(run, (why) => said.push(why)), said, runs: () => runs };
}

const damaged = (what: string) => new DamagedObjectError(`${what} is damaged`);

test('A run that meets damaged objects is repeated after each, and reports them', async () => {
  const { healed, said, runs } = runAfter(damaged('a'), damaged('b'));
  expect(await healed()).toBe('done');
  expect([said, runs()]).toEqual([['a is damaged', 'b is damaged'], 3]);
});

test('An error of another kind ends the run', async () => {
  const { healed, runs } = runAfter(damaged('a'), new CorruptInputError('gzip'));
  await expect(healed()).rejects.toThrow(CorruptInputError);
  expect(runs()).toBe(2);
});

test('Damage that returns ends the run, because nobody could repair it', async () => {
  const { healed, runs } = runAfter(damaged('a'), damaged('b'), damaged('a'));
  await expect(healed()).rejects.toThrow('a is damaged');
  expect(runs()).toBe(3);
});

test('The number of repetitions is limited', async () => {
  const { healed, runs } = runAfter(...Array.from({ length: 100 }, (_, at) => damaged(String(at))));
  await expect(healed()).rejects.toThrow(DamagedObjectError);
  expect(runs()).toBe(21);
});
