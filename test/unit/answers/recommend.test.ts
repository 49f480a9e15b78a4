/** The answers about users whom the model leaves out on purpose. */
import { describe, expect, test } from 'vitest';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import type { AskedPlace } from '../../../shared/answers/answer.ts';
import type { FoundModel } from '../../../shared/answers/find-model.ts';
import { recommendTo } from '../../../shared/answers/recommend.ts';
import { PublishedModel } from '../../../shared/evaluation/published-model.ts';
import { actionLine } from '../../../shared/example/actions.ts';
import { forgottenText } from '../../../shared/forget/forgotten-list.ts';
import { forgottenKey } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import type { Store } from '../../../shared/store/store.ts';
import { publishFolder, RUN } from '../../helpers/published-model.ts';

const job = jobNamed('matrix-factorization');
const BOT = 9;

async function ask(user: number | string, input?: Store) {
  const store = new MemoryStore('/models');
  const lines = [actionLine(1, 10, 1), ...[10, 11, 12].map((item) => actionLine(BOT, item, 1))].join('\n');
  await publishFolder(store, 'shop/actions/15317/', { 'part-00000': `${lines}\n` }, { job: 'group-actions' });
  const files = { 'userFeatures.txt': '1|0.5\n7|0.5\n', 'productFeatures.txt': '10|2\n11|-1\n12|3\n' };
  await publishFolder(store, 'model/', files, {
    job: job.name,
    settings: { rank: 1, days: 1, excludeUsersAbove: 2, actionWeightings: [{ actionType: 1, valuePerAction: 1 }] },
  });
  await store.put(forgottenKey('shop'), forgottenText(Float64Array.of(7)));
  const found: FoundModel = { job, model: await PublishedModel.open(store, 'model/', RUN), isLive: false };
  const place: AskedPlace = {
    client: 'shop',
    input: input ?? store,
    jobs: JOBS,
    itemsPath: undefined,
    clientIds: false,
    openStore: async () => store,
    warn: (warning) => {
      throw new Error(warning);
    },
  };
  return recommendTo(typeof user === 'number' ? { id: user } : { text: user }, 5, found, job.recommender!, place);
}

describe('a recommendation', () => {
  test('leaves out what the user met', async () => {
    expect(await ask(1)).toMatchObject({
      met: 1,
      items: [
        { item: 12, score: 1.5 },
        { item: 11, score: -0.5 },
      ],
    });
  });

  test('is refused for a forgotten user, also while the model still has a vector', async () => {
    await expect(ask(7)).rejects.toThrow('user 7 is on the list of forgotten users of shop, so nothing is shown');
  });

  test('says where the actions are looked for when there are none to find an own id in', async () => {
    await expect(ask('anna', new MemoryStore('/elsewhere'))).rejects.toThrow(
      'there are no actions of shop on the day 2011-12-09 (15317) in /elsewhere, so no own id can be looked up. ' +
        'Name the root of the actions (--input-path), or ask by the id (--user)',
    );
  });

  test('says that a user has more actions than the model takes', async () => {
    await expect(ask(BOT)).rejects.toThrow(
      'the user has 3 actions on the day 2011-12-09 (15317), and users with more than 2 are left out (excludeUsersAbove). The nearest ids in the model are 7, 1',
    );
  });
});
