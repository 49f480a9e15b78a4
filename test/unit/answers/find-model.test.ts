/** Which model a question is answered by: that of a day, the live one, or the newest one. */
import { describe, expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import { findModel } from '../../../shared/answers/find-model.ts';
import type { OutputRequest } from '../../../shared/live/published-output.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { publishFolder } from '../../helpers/published-model.ts';

const JOB = 'matrix-factorization';
const OLD = 'aaaaaaaaaaaaaaaa';
const NEW = 'bbbbbbbbbbbbbbbb';

async function requestOf(more: Partial<OutputRequest> = {}): Promise<OutputRequest> {
  const store = new MemoryStore('/models');
  const publish = (folder: string, day: number, run: string) =>
    publishFolder(store, folder, {}, { job: JOB, day, run });
  // A day folder from before there were versions.
  await publish('shop/matrix-factorization/15310/', 15_310, 'cccccccccccccccc');
  await publish(`shop/models/mf/15316-${OLD}/`, 15_316, OLD);
  await publish(`shop/models/mf/15317-${NEW}/`, 15_317, NEW);
  return {
    client: 'shop',
    job: jobNamed(JOB),
    store,
    openStore: async (location) => {
      if (location === '/live') return live;
      throw new Error(location);
    },
    day: undefined,
    now: new Date('2011-12-12'),
    warn: expect.fail,
    ...more,
  };
}

const live = new MemoryStore('/live');
const liveAt = (location: string) => async () => ({ day: null, run: null, location });

describe('the model that is asked', () => {
  test('is the newest one when nothing says what is live', async () => {
    const { model, isLive } = await findModel(await requestOf());
    expect([model.manifest.run, isLive]).toEqual([NEW, false]);
  });

  test('is the live one, wherever it is', async () => {
    await publishFolder(live, '', {}, { job: JOB, day: 15_311, run: OLD });
    const { model, isLive } = await findModel(await requestOf({ live: liveAt('/live') }));
    expect([model.manifest.run, model.manifest.day, isLive]).toEqual([OLD, 15_311, true]);
  });

  test.each([
    { day: 15_316, run: OLD },
    { day: 15_310, run: 'cccccccccccccccc' },
  ])('is that of day $day when the day is given', async ({ day, run }) => {
    const { model } = await findModel(await requestOf({ day, live: liveAt('/live') }));
    expect(model.manifest.run).toBe(run);
  });

  test('of a day without one is an error that names the day', async () => {
    await expect(findModel(await requestOf({ day: 15_300 }))).rejects.toThrow(
      'shop has no output of matrix-factorization of day 2011-11-22 (15300) in /models',
    );
  });

  test('of a client without any is an error that names the clients that there are', async () => {
    await expect(findModel(await requestOf({ client: 'shpo' }))).rejects.toThrow(
      'shpo has no output of matrix-factorization in /models: there is no client shpo, but shop; did you mean shop? ' +
        'Check --client, --day and --output-path, or run the job first',
    );
  });

  test('of another client, which was copied into the place of the live one, is an error with the way out', async () => {
    await publishFolder(live, '', {}, { job: JOB, day: 15_311, client: 'rival' });
    await expect(findModel(await requestOf({ live: liveAt('/live') }))).rejects.toThrow(
      '/live holds a model of matrix-factorization of rival: choose another one with --day',
    );
  });

  test('that another system made live is an error with the way out', async () => {
    const foreign = new MemoryStore('/spark');
    await foreign.put('userFeatures.txt', '1|0.5\n');
    const request = await requestOf({ live: liveAt('/spark'), openStore: async () => foreign });
    await expect(findModel(request)).rejects.toThrow(
      'the model in /spark has no manifest in _SUCCESS, so it was made by another system or removed: choose another one with --day',
    );
  });
});
