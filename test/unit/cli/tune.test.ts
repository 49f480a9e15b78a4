import { describe, expect, test } from 'vitest';
import { tuneCommand } from '../../../cli/commands/tune.ts';
import { jobNamed } from '../../../functions/index.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { NotActivatedError } from '../../../shared/errors.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { applyPoint, readSettingsChanges } from '../../../shared/tuning/apply.ts';
import { priceOf } from '../../../shared/tuning/trial-cost.ts';
import { nodeWith } from '../../../shared/tuning/trial-settings.ts';

const REST = ['--client', 'shop', '--start-day', '15317', '--days', '30', '--holdout-days', '7'];

describe('wrong usage', () => {
  test.each([
    {
      why: 'a job without a space',
      args: ['sessionitems', ...REST],
      says: 'has no settings to search. Jobs that have: matrix-factorization',
    },
    {
      why: 'two budgets',
      args: ['word2vec', ...REST, '--minutes', '1', '--max-cost', '1'],
      says: 'exclude each other',
    },
    {
      why: 'a size that is applied',
      args: ['word2vec', ...REST, '--tune-size', '--apply', '--config-root', '/c'],
      says: '--tune-size and --apply exclude each other: the original server',
    },
    { why: 'a job without a size', args: ['similar-items', ...REST, '--tune-size'], says: 'similar-items has no size' },
    {
      why: 'nowhere to apply',
      args: ['word2vec', ...REST, '--apply'],
      says: 'give --zookeeper, --config-root or --env',
    },
    {
      why: 'a root of an environment',
      args: ['word2vec', ...REST, '--env', 'prod', '--apply', '--output-path', '/x'],
      says: '--output-path cannot be given with --env',
    },
    {
      why: 'no day',
      args: ['word2vec', ...REST.slice(0, 2), '--days', '3', '--holdout-days', '7'],
      says: 'which day? Give --start-day',
    },
    {
      why: 'no number of days',
      args: ['word2vec', ...REST.slice(0, 4), '--holdout-days', '7'],
      says: 'how many training days? Give --days',
    },
    {
      why: 'a setting that does not exist',
      args: ['word2vec', ...REST, '--set', 'windo=3'],
      says: 'did you mean window',
    },
  ])('$why is refused', async ({ args, says }) => {
    const command = tuneCommand().exitOverride();
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(says),
    });
  });
});

describe('the node', () => {
  const job = jobNamed('similar-items');

  test('keeps its other keys, and loses a setting that the winner leaves out', () => {
    const text = '{"limit": 7, "unit": "session", "itemType": 1, "old": true}';
    expect(JSON.parse(nodeWith(job, text, { limit: 50, unit: null }))).toEqual({ limit: 50, itemType: 1, old: true });
    expect(JSON.parse(nodeWith(job, undefined, { limit: 50, unit: 'session' }))).toEqual({
      limit: 50,
      unit: 'session',
    });
  });

  const applied = (config: MemoryStore, store: MemoryStore, text: string | undefined) =>
    applyPoint({
      root: new FolderConfigRoot(config),
      store,
      client: 'shop',
      job,
      text,
      point: { limit: 50, unit: null },
      because: 'it is better',
      when: new Date('2026-01-01T00:00:00Z'),
    });
  const KEY = 'all_clients/shop/offline/similar-items';
  const textOf = async (store: MemoryStore) => new TextDecoder().decode((await store.get(KEY)).bytes);

  test('is set, and its old text is kept without its secrets', async () => {
    const [config, store] = [new MemoryStore(), new MemoryStore()];
    const text = '{"limit": 7, "jdbc": "jdbc:mysql://h/d?user=u&password=p"}';
    await config.put(KEY, text);
    await applied(config, store, text);
    expect(JSON.parse(await textOf(config))).toEqual({ limit: 50, jdbc: 'jdbc:mysql://h/d?user=u&password=p' });
    const [change, ...others] = await readSettingsChanges(store, 'shop', 'similar-items');
    expect(others).toEqual([]);
    expect(change).toMatchObject({ when: '2026-01-01T00:00:00.000Z', because: 'it is better' });
    expect(JSON.parse(change!.before!)).toEqual({ limit: 7, jdbc: '***' });
  });

  test('is created where there is none', async () => {
    const [config, store] = [new MemoryStore(), new MemoryStore()];
    await applied(config, store, undefined);
    expect(JSON.parse(await textOf(config))).toEqual({ limit: 50 });
    expect(await readSettingsChanges(store, 'shop', 'similar-items')).toMatchObject([{ before: null }]);
  });

  test('that somebody has changed stays as it is', async () => {
    const [config, store] = [new MemoryStore(), new MemoryStore()];
    await config.put(KEY, '{"limit": 8}');
    await expect(applied(config, store, '{"limit": 7}')).rejects.toThrow(NotActivatedError);
    await expect(applied(config, store, undefined)).rejects.toThrow('was changed since the search read it');
    expect(await textOf(config)).toBe('{"limit": 8}');
    expect(await readSettingsChanges(store, 'shop', 'similar-items')).toEqual([]);
  });
});

test('A training of a larger sample, or of a higher rank, costs more', async () => {
  const job = jobNamed('matrix-factorization');
  const price = (rank: number, bytes: number) => priceOf(job, job.settings.parse({ rank }), { bytes, objects: 30 });
  const [small, large, high] = await Promise.all([price(30, 1e7), price(30, 1e9), price(200, 1e7)]);
  expect(small).toBeGreaterThan(0);
  expect(large!).toBeGreaterThan(small!);
  expect(high!).toBeGreaterThanOrEqual(small!);
});
