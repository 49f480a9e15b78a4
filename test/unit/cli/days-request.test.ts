import { describe, expect, test } from 'vitest';
import { type DaysOptions, daysRequest } from '../../../cli/days-request.ts';
import { configFolderWith } from '../../helpers/config-folder.ts';

const MF = 'all_clients/shop/offline/matrix-factorization';
const PATTERN = '/logs/%y/%m%d/*';

/** The request of a configuration root with `shop`, which has matrix factorization, and these options. */
const requestOf = (more: Partial<DaysOptions>, nodes: Readonly<Record<string, string>> = { [MF]: '{}' }) =>
  daysRequest({ inputPathPattern: PATTERN, workers: 1, configRoot: configFolderWith(nodes), ...more });

describe('a request for days', () => {
  test.each([
    [{ set: ['ranks=3'] }, 'did you mean rank?'],
    // word2vec knows the setting, but no client has that job.
    [{ set: ['minWordCount=3'] }, '"minWordCount" is no setting'],
    [{ set: ['rank=3'], jobs: 'word2vec' }, '"rank" is no setting'],
    [{ client: 'shops' }, 'did you mean shop?'],
    [{ jobs: 'word3vec' }, 'did you mean word2vec?'],
    [{ inputPathPattern: '/logs/%Y/*' }, "'%Y', which is no placeholder"],
    [{ zookeeper: 'a:1' }, 'exclude each other'],
  ])('with %j is refused', async (more, message) => {
    await expect(requestOf({ outputPath: '/models', ...more })).rejects.toThrow(message);
  });

  test('without a configuration root needs the jobs, and a root', async () => {
    await expect(daysRequest({ workers: 1, outputPath: '/models' })).rejects.toThrow('which jobs?');
    await expect(daysRequest({ workers: 1, jobs: 'word2vec' })).rejects.toThrow('which root?');
  });

  test('takes settings of the grouping and of the enabled jobs', async () => {
    const { settings } = await requestOf({ outputPath: '/models', set: ['maxOtherDays=1', 'rank=3'], days: '7' });
    expect(settings).toEqual({ maxOtherDays: '1', rank: '3', days: '7' });
    const grouped = { workers: 1, outputPath: '/models', jobs: 'word2vec', set: ['maxOtherDays=1'] };
    await expect(daysRequest(grouped)).rejects.toThrow('"maxOtherDays" is no setting');
  });
});

describe('the root of a request', () => {
  const OTHER = 'all_clients/films/offline/matrix-factorization';
  const node = (outputPath: string) => JSON.stringify({ outputPath });

  test('is the one that the nodes of all clients name', async () => {
    expect((await requestOf({}, { [MF]: node('/a'), [OTHER]: node('/a') })).root).toBe('/a');
    expect((await requestOf({}, { [MF]: '{}' })).root).toBe('/seldon-models');
  });

  test('must be given when the nodes differ, and when there is none', async () => {
    const nodes = { [MF]: node('/a'), [OTHER]: node('/b') };
    await expect(requestOf({}, nodes)).rejects.toThrow('several roots: /b, /a. Give --output-path');
    expect((await requestOf({ client: 'shop' }, nodes)).root).toBe('/a');
    await expect(requestOf({}, { 'all_clients/shop/other': 'x' })).rejects.toThrow('no node of a job names a root');
  });
});

test('The way of ids goes to the grouping, and needs one', async () => {
  expect((await requestOf({ outputPath: '/models', ids: 'assign' })).settings).toEqual({ ids: 'assign' });
  const grouped = { workers: 1, outputPath: '/models', jobs: 'word2vec', ids: 'assign' };
  await expect(daysRequest(grouped)).rejects.toThrow('--ids is for the grouping');
});
