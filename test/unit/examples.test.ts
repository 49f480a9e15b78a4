/**
 * The examples in the jobs' folders: their settings are allowed, and what a caller adds to them follows from the declaration.
 */
import { expect, test } from 'vitest';
import { exampleOf, needsCatalogue, smallDayOf } from '../../functions/examples.ts';
import { JOBS } from '../../functions/index.ts';
import { UsageError } from '../../shared/errors.ts';

const CATALOGUE = { itemsPath: '/items.ndjson' };

test.each(JOBS.filter(({ scope }) => scope === 'client'))(
  'The settings of the example of $name are allowed',
  async (job) => {
    const { benchmark = {} } = await exampleOf(job.name);
    const items = needsCatalogue(job) ? CATALOGUE : {};
    for (const settings of [await smallDayOf(job, CATALOGUE), { ...benchmark, ...items }]) {
      expect(job.settings.safeParse(settings).error?.message, JSON.stringify(settings)).toBeUndefined();
      expect(Object.keys(job.settings.shape)).toEqual(expect.arrayContaining(Object.keys(settings)));
    }
  },
);

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
