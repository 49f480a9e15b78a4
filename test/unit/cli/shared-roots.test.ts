import { describe, expect, test } from 'vitest';
import { sharedOutputRoot, withSharedRoots } from '../../../cli/local/shared-roots.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { configNode } from '../../../shared/activation/nodes.ts';
import { type RunInput, readSettings } from '../../../shared/job/gather.ts';
import { ToyCloud } from '../job/toy-job.ts';

const SHOP = { inputPath: '/grouped', outputPath: '/models' };

type Nodes = Readonly<Record<string, object | string>>;

/** Returns a way to open a configuration root with these texts of nodes, by job. */
async function configWith(nodes: Nodes) {
  const cloud = new ToyCloud();
  for (const [job, node] of Object.entries(nodes)) {
    await cloud
      .store('/config')
      .put(configNode('shop', job).slice(1), typeof node === 'string' ? node : JSON.stringify(node));
  }
  return cloud.environment.openConfigRoot;
}

/** Returns the roots that a job has. */
async function rootsOf(name: string, nodes: Nodes, input: RunInput = {}) {
  const openConfigRoot = await configWith(nodes);
  const asked = { client: 'shop', configRoot: '/config', ...input };
  const shared = await withSharedRoots(jobNamed(name), JOBS, asked, openConfigRoot);
  const { inputPath, outputPath } = (await readSettings(jobNamed(name), shared, openConfigRoot)).settings;
  return [inputPath, outputPath];
}

const DEFAULTS = ['/seldon-models', '/seldon-models'];

describe('roots of a job that accompanies others', () => {
  test('Without a node they are those of the accompanied jobs, whose actions count for the input', async () => {
    expect(await rootsOf('evaluate', { 'matrix-factorization': SHOP })).toEqual(['/grouped', '/models']);
    const word2vec = { inputPath: '/models', outputPath: '/models' };
    const nodes = { 'matrix-factorization': SHOP, word2vec, tagaffinity: { outputPath: '/elsewhere' } };
    expect(await rootsOf('evaluate', nodes)).toEqual(['/grouped', '/models']);
    expect(await rootsOf('evaluate', { word2vec })).toEqual(['/models', '/models']);
  });

  test('Its own node and the request have precedence', async () => {
    const nodes = { 'matrix-factorization': SHOP, evaluate: { outputPath: '/own' } };
    expect(await rootsOf('evaluate', nodes)).toEqual(['/grouped', '/own']);
    expect(await rootsOf('evaluate', nodes, { settings: { inputPath: '/asked' } })).toEqual(['/asked', '/own']);
    const config = { from: 'file.json', text: '{"inputPath": "/file"}' };
    expect(await rootsOf('evaluate', nodes, { config })).toEqual(['/file', '/models']);
  });

  test('Jobs with different roots, a node that is wrong, and no node at all leave the defaults', async () => {
    const other = { inputPath: '/grouped', outputPath: '/other' };
    expect(await rootsOf('evaluate', { 'matrix-factorization': SHOP, 'similar-items': other })).toEqual([
      '/grouped',
      '/seldon-models',
    ]);
    expect(await rootsOf('evaluate', { 'matrix-factorization': SHOP, 'similar-items': '{' })).toEqual([
      '/grouped',
      '/models',
    ]);
    expect(await rootsOf('evaluate', {})).toEqual(DEFAULTS);
  });

  test('Any other job has the roots of its own node', async () => {
    expect(await rootsOf('similar-items', { 'matrix-factorization': SHOP, 'similar-items': {} })).toEqual(DEFAULTS);
  });
});

describe('root of the outputs of a client', () => {
  const outputRoot = async (nodes: Nodes) =>
    sharedOutputRoot(JOBS, { client: 'shop', configRoot: '/config' }, await configWith(nodes));

  test('It is the one on which all nodes agree', async () => {
    expect(await outputRoot({ 'matrix-factorization': SHOP, 'similar-items': { outputPath: '/models' } })).toBe(
      '/models',
    );
    expect(
      await outputRoot({ 'matrix-factorization': SHOP, 'similar-items': { outputPath: '/other' } }),
    ).toBeUndefined();
    expect(await outputRoot({})).toBeUndefined();
  });
});
