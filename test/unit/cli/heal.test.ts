import { expect, test } from 'vitest';
import { healing } from '../../../cli/local/heal.ts';
import { CorruptInputError, DamagedObjectError } from '../../../shared/errors.ts';

/** A run that throws these errors, one at a time, and then is done. */
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

test('a run that meets damaged objects goes again after each, and says so', async () => {
  const { healed, said, runs } = runAfter(damaged('a'), damaged('b'));
  expect(await healed()).toBe('done');
  expect([said, runs()]).toEqual([['a is damaged', 'b is damaged'], 3]);
});

test('an error of another kind ends it', async () => {
  const { healed, runs } = runAfter(damaged('a'), new CorruptInputError('gzip'));
  await expect(healed()).rejects.toThrow(CorruptInputError);
  expect(runs()).toBe(2);
});

test('damage that comes back ends it: nobody could remove it', async () => {
  const { healed, runs } = runAfter(damaged('a'), damaged('b'), damaged('a'));
  await expect(healed()).rejects.toThrow('a is damaged');
  expect(runs()).toBe(3);
});

test('there is an end to it', async () => {
  const { healed, runs } = runAfter(...Array.from({ length: 100 }, (_, at) => damaged(String(at))));
  await expect(healed()).rejects.toThrow(DamagedObjectError);
  expect(runs()).toBe(21);
});
