import { describe, expect, test } from 'vitest';
import { localReport, nothingInWords } from '../../../cli/commands/status.ts';
import { localStatus } from '../../../cli/local/status.ts';
import { JOBS } from '../../../functions/index.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

const ALL = { client: null, day: null };
const RUN = '0123456789abcdef';
const manifest = (day: number, counts: Record<string, number>) =>
  JSON.stringify({ run: RUN, job: 'x', version: 1, client: 'shop', day, settings: {}, counts, files: [] });

async function root(): Promise<MemoryStore> {
  const store = new MemoryStore('/out');
  const objects: Record<string, string> = {
    'shop/actions/15316/_SUCCESS': manifest(15316, { actions: 7 }),
    'shop/actions/15317/_SUCCESS': manifest(15317, { actions: 8000 }),
    'shop/actions/15317/part-00000': 'x',
    // The first belongs to another system, and the second is cut off.
    'films/matrix-factorization/15317/userFeatures.txt': 'x',
    'films/sessionitems/15317/_SUCCESS': '{"run":',
    'shop/report/15316/index.html': 'x',
    'shop/report/15317/index.html': 'x',
    'shop/models/mf/15317-0123456789abcdef/_SUCCESS': manifest(15317, {}),
    [`.work/matrix-factorization/shop/${RUN}/plans/planned-v2.json`]: '{}',
    [`.work/matrix-factorization/shop/${RUN}/planned-v2/sweep-0/00000`]: 'x',
    [`.work/matrix-factorization/shop/${RUN}/planned-v2/rate/00000`]: 'x',
    [`.work/group-actions/_all/${RUN}/plans/planned-v2.json`]: '{}',
    [`.work/group-actions/_all/${RUN}/usage.json`]: '{}',
    '.work/group-actions/_all/published/15317.json': '{}',
  };
  for (const [key, text] of Object.entries(objects)) await store.put(key, text);
  return store;
}

describe('status of an output root', () => {
  test('The status shows the newest day of every job and client, and runs that were begun', async () => {
    const { published, unfinished } = await localStatus(await root(), JOBS, ALL);
    expect(published).toMatchObject([
      { client: 'films', job: 'matrix-factorization', day: 15317, run: null, damaged: null },
      { client: 'films', job: 'sessionitems', run: null, damaged: expect.stringContaining('films/sessionitems/15317') },
      { client: 'shop', job: 'group-actions', day: 15317, days: 2, run: RUN, counts: { actions: 8000 } },
    ]);
    expect(unfinished).toEqual([
      { client: 'shop', job: 'matrix-factorization', run: RUN, step: expect.any(String), objects: 3 },
    ]);
  });

  test('A run that published its day is not shown as begun when a later command planned it again', async () => {
    const store = await root();
    const planned = 'fedcba9876543210';
    await store.put(`.work/group-actions/_all/${planned}/plans/planned-v2.json`, '{}');
    const begun = async () => (await localStatus(store, JOBS, ALL)).unfinished.map(({ run }) => run);
    expect(await begun()).toEqual([planned, RUN]);
    await store.put('.work/group-actions/_all/published/15316.json', `{"run":"${planned}"}`);
    expect(await begun()).toEqual([RUN]);
  });

  test('The status can be limited to one client and one day', async () => {
    const store = await root();
    const { published } = await localStatus(store, JOBS, { client: 'shop', day: 15316 });
    expect(published).toMatchObject([{ client: 'shop', job: 'group-actions', day: 15316, counts: { actions: 7 } }]);
    expect((await localStatus(store, JOBS, { client: 'other', day: null })).published).toEqual([]);
  });

  test('The report is a table of days and of begun runs', async () => {
    const text = localReport(await localStatus(await root(), JOBS, ALL), '');
    expect(text).toMatch(/^shop +group-actions +2011-12-09 \(15317\) +2 +0123456789abcdef +8,000 actions$/m);
    expect(text).toMatch(/^matrix-factorization +shop +0123456789abcdef /m);
    expect(text).toContain('newest reports\n  /out/shop/report/15317/index.html\n');
  });

  test.each([
    [{}, new MemoryStore('/out'), 'nothing is published under /out (--output-path names another root)'],
    [{ client: 'shoo' }, undefined, 'no client shoo under /out, but films, shop; did you mean shop?'],
    [{ client: 'shop', startDay: 15309 }, undefined, 'nothing of day 2011-12-01 (15309) is published'],
    [{ client: 'shop', startDay: 15309 }, undefined, 'the newest day is 2011-12-09 (15317)'],
  ])('When nothing is found for %j, the report says what exists', async (asked, store, said) => {
    expect(nothingInWords(await localStatus(store ?? (await root()), JOBS, ALL), asked)).toContain(said);
  });
});
