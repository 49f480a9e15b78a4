/** The models and the weightings that an evaluation takes when its settings leave them open. */
import { describe, expect, test } from 'vitest';
import { candidatesOf } from '../../../functions/evaluate/candidates.ts';
import { complete } from '../../../functions/evaluate/complete.ts';
import { settings } from '../../../functions/evaluate/settings.ts';
import { configNode, runtimeNode } from '../../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { historyKey } from '../../../shared/live/history.ts';
import { BEGUN, dayFolder, SUCCESS, versionFolder } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { sealed } from '../../../shared/store/sealed.ts';

const DAY = 15_317;
const MF = 'matrix-factorization';
const run = (digit: number): string => String(digit).repeat(16);

class Shop {
  readonly output = new MemoryStore('/memory/output');
  readonly config = new MemoryStore('/memory/config');
  readonly root = new FolderConfigRoot(this.config);
  readonly warnings: string[] = [];

  async publish(folder: string, job: string, day: number, of: string, client = 'shop', requestedAt?: string) {
    const files = [{ name: 'part-00000', size: 2, sha256: '' }];
    const manifest = { run: of, job, version: 1, client, day, settings: { rank: day }, counts: {}, files };
    await this.output.put(`${folder}part-00000`, '{}');
    await this.output.put(folder + SUCCESS, sealed(manifest));
    if (requestedAt !== undefined) await this.output.put(folder + BEGUN, sealed({ run: of, requestedAt }));
  }

  async version(node: string, job: string, day: number, of = run(1), requestedAt?: string): Promise<string> {
    const folder = versionFolder('shop', node, day, of);
    await this.publish(folder, job, day, of, 'shop', requestedAt);
    return folder;
  }

  async live(node: string, location: string): Promise<void> {
    await this.config.put(runtimeNode('shop', node).slice(1), location);
  }

  /** Returns the chosen models. @param given settings of the run */
  async candidates(given: object = {}) {
    const { output, root } = this;
    const warn = (message: string): void => void this.warnings.push(message);
    const asked = { client: 'shop', day: DAY, settings: settings.parse(given), root, output, warn };
    const completed = await complete(asked);
    // Every text of the setting is read back by the steps.
    return candidatesOf(completed);
  }
}

describe('the models that are evaluated', () => {
  test('Without any model there is none', async () => expect(await new Shop().candidates()).toEqual([]));

  test('The live model counts before a newer published one, and each job has its own', async () => {
    const shop = new Shop();
    const old = await shop.version('mf', MF, DAY - 5);
    await shop.version('mf', MF, DAY - 1);
    const rules = await shop.version('assocrules', 'fpgrowth', DAY - 2);
    await shop.live('mf', `/memory/output/${old.slice(0, -1)}`);
    expect(await shop.candidates()).toEqual([
      { name: 'fpgrowth', job: 'fpgrowth', run: run(1), day: DAY - 2, settings: { rank: DAY - 2 }, folder: rules },
      { name: MF, job: MF, run: run(1), day: DAY - 5, settings: { rank: DAY - 5 }, folder: old },
    ]);
    expect(shop.warnings).toEqual([]);
  });

  test('A live model of a test day is left out: the published one with the largest day before counts', async () => {
    const shop = new Shop();
    const live = await shop.version('mf', MF, DAY);
    await shop.version('mf', MF, DAY - 3);
    const newest = await shop.version('mf', MF, DAY - 2);
    await shop.live('mf', `/memory/output/${live.slice(0, -1)}`);
    expect(await shop.candidates()).toMatchObject([{ folder: newest }]);
    // With three test days, the days before them count.
    expect(await shop.candidates({ testDays: 3 })).toMatchObject([{ day: DAY - 3 }]);
  });

  test('Of several versions of a day the one that was requested last counts, unless it is not whole', async () => {
    const shop = new Shop();
    await shop.version('mf', MF, DAY - 1, run(1), '2011-12-09T01:00:00Z');
    const last = await shop.version('mf', MF, DAY - 1, run(2), '2011-12-09T02:00:00Z');
    expect(await shop.candidates()).toMatchObject([{ folder: last }]);
    await shop.output.delete(`${last}part-00000`);
    expect(await shop.candidates()).toMatchObject([{ run: run(1) }]);
  });

  test('A live day folder of ours is evaluated; of another place there is a warning, and the newest version counts', async () => {
    const shop = new Shop();
    const day = dayFolder('shop', MF, DAY - 4);
    await shop.publish(day, MF, DAY - 4, run(4));
    const newest = await shop.version('mf', MF, DAY - 2);
    await shop.live('mf', `/memory/output/${day.slice(0, -1)}`);
    expect(await shop.candidates()).toMatchObject([{ folder: day, run: run(4) }]);
    await shop.live('mf', `/elsewhere/${DAY - 1}`);
    expect(await shop.candidates()).toMatchObject([{ folder: newest }]);
    expect(shop.warnings).toEqual([expect.stringContaining(`/elsewhere/${DAY - 1} is no whole output`)]);
  });

  test('Without a configuration root the newest published model counts, and no other client’s', async () => {
    const shop = new Shop();
    const old = await shop.version('mf', MF, DAY - 5);
    const newest = await shop.version('mf', MF, DAY - 1);
    await shop.publish(versionFolder('shop', 'mf', DAY - 1, run(9)), MF, DAY - 1, run(9), 'other');
    await shop.live('mf', `/memory/output/${old.slice(0, -1)}`);
    const { output } = shop;
    const asked = {
      client: 'shop',
      day: DAY,
      settings: settings.parse({}),
      root: undefined,
      output,
      warn: () => undefined,
    };
    expect(candidatesOf(await complete(asked))).toMatchObject([{ folder: newest }]);
  });

  test('The live similarities are the last ones in the history, because the table is in a database', async () => {
    const shop = new Shop();
    const old = await shop.version('similar-items', 'similar-items', DAY - 5);
    await shop.version('similar-items', 'similar-items', DAY - 1);
    const change = (day: number, seq: number) => ({
      root: 'a',
      seq,
      when: '2011-12-05T00:00:00Z',
      by: 'activate',
      because: null,
      held: false,
      live: {
        day,
        run: run(1),
        requestedAt: null,
        location: `/memory/output/shop/models/similar-items/${day}-${run(1)}`,
      },
    });
    const changes = [change(DAY - 6, 0), change(DAY - 5, 1)];
    await shop.output.put(historyKey('shop', 'similar-items'), sealed({ changes }));
    expect(await shop.candidates()).toMatchObject([{ name: 'similar-items', folder: old }]);
  });

  test('Models that are given are taken as they are', async () => {
    const shop = new Shop();
    await shop.version('mf', MF, DAY - 1);
    const given = { name: 'fast', job: MF, run: run(3), day: DAY - 2, settings: {}, folder: 'shop/models/mf/x/' };
    expect(await shop.candidates({ candidates: JSON.stringify([given]) })).toEqual([given]);
    expect(await shop.candidates({ candidates: '[]' })).toEqual([]);
  });

  test.each([
    ['no JSON', 'candidates are no list of models'],
    [JSON.stringify([{ name: 'a' }]), 'candidates are no list of models'],
    [
      JSON.stringify([{ name: 'popularity', job: MF, run: 'r', day: 1, settings: {}, folder: 'f/' }]),
      'called popularity',
    ],
    [
      JSON.stringify([{ name: 'a', job: 'tagaffinity', run: 'r', day: 1, settings: {}, folder: 'f/' }]),
      'Invalid option',
    ],
    [JSON.stringify([{ name: 'a', job: MF, run: 'r', day: 1, settings: {}, folder: '/f' }]), 'folder'],
  ])('A wrong list is refused: %s', (candidates, says) => {
    const { error } = settings.safeParse({ candidates });
    expect(error?.issues[0]?.message).toContain(says);
  });
});

describe('the weightings', () => {
  const weighting = (actionType: number) => [{ actionType, valuePerAction: 2, maxSum: 3 }];
  const weightingsOf = async (shop: Shop, given: object = {}) => {
    const { output, root } = shop;
    const asked = { client: 'shop', day: DAY, settings: settings.parse(given), root, output, warn: () => undefined };
    return (await complete(asked)).actionWeightings;
  };

  test('are those of the run, else of the client’s matrix-factorization, else of its defaults', async () => {
    const shop = new Shop();
    expect(await weightingsOf(shop)).toEqual([{ actionType: 1, valuePerAction: 1, maxSum: 1 }]);
    await shop.config.put(configNode('shop', MF).slice(1), JSON.stringify({ rank: 3, actionWeightings: weighting(7) }));
    expect(await weightingsOf(shop)).toEqual(weighting(7));
    expect(await weightingsOf(shop, { actionWeightings: weighting(8) })).toEqual(weighting(8));
  });

  test('of a node with an error are no guess: the error names the node', async () => {
    const shop = new Shop();
    await shop.config.put(configNode('shop', MF).slice(1), '{"rank": -1}');
    await expect(weightingsOf(shop)).rejects.toThrow(/rank is -1 in .*offline\/matrix-factorization/);
  });
});
