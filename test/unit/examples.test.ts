/**
 * The examples in the jobs' folders: their settings are allowed, and what a caller adds to them follows from the declaration.
 */
import { expect, test } from 'vitest';
import { exampleOf, needsCatalogue, smallDayOf } from '../../functions/examples.ts';
import { JOBS } from '../../functions/index.ts';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { UsageError } from '../../shared/errors.ts';
import type { ExampleSettings } from '../../shared/job/example.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const CATALOGUE = { itemsPath: '/items.ndjson' };

/** Expects that the job has all these settings, and that it allows their values. */
function expectAllowed(job: AnyJob, settings: ExampleSettings): void {
  expect(job.settings.safeParse(settings).error?.message, JSON.stringify(settings)).toBeUndefined();
  const unknown = Object.keys(settings).filter((name) => !(name in job.settings.shape));
  expect(unknown, 'settings that the job does not have').toEqual([]);
}

test.each(JOBS)('The settings that the example of $name prepares are allowed', async (job) => {
  const { prepare } = await exampleOf(job.name);
  expectAllowed(job, prepare(temporaryFolder()));
});

test.each(JOBS.filter(({ scope }) => scope === 'client'))(
  'The other settings of the example of $name are allowed',
  async (job) => {
    const { benchmark = {} } = await exampleOf(job.name);
    const items = needsCatalogue(job) ? CATALOGUE : {};
    for (const settings of [await smallDayOf(job, CATALOGUE), { ...benchmark, ...items }]) expectAllowed(job, settings);
  },
);

test('A setting that the job does not have does not compile', () => {
  const prepared = (): ExampleSettings<typeof matrixFactorization> => ({ rank: 5 });
  // @ts-expect-error: misspelt
  const misspelt = (): ExampleSettings<typeof matrixFactorization> => ({ ranc: 5 });
  expectAllowed(matrixFactorization, prepared());
  expect(() => expectAllowed(matrixFactorization, misspelt())).toThrow('ranc');
});

test('A small day activates a model, and names the catalogue for a job that needs one alone', async () => {
  const settings = new Map<string, object>();
  for (const job of JOBS) settings.set(job.name, await smallDayOf(job, CATALOGUE));
  expect(settings.get('cluster-by-dimension')).toMatchObject({ ...CATALOGUE, activate: true });
  expect(settings.get('fpgrowth')).toMatchObject({ activate: true });
  expect(settings.get('fpgrowth')).not.toHaveProperty('itemsPath');
  expect(settings.get('sessionitems')).toEqual({ maxIntraSessionGapSecs: 3600 });
});

test('A name that is not registered has no example', async () => {
  await expect(exampleOf('sessionitem')).rejects.toThrow(UsageError);
  await expect(exampleOf('sessionitem')).rejects.toThrow('did you mean sessionitems?');
});
