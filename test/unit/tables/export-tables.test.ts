/** Tests the export of a table from published lines: what is refused, and ids as the client's own texts. */
import { expect, test } from 'vitest';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { findOutput, type PublishedOutput } from '../../../shared/live/published-output.ts';
import { SUCCESS } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { ClientTexts, withoutTextInWords } from '../../../shared/tables/client-texts.ts';
import { checkTables, exportTable, type Format, tablesFor } from '../../../shared/tables/export-tables.ts';
import { contents } from '../../helpers/store-texts.ts';

const DAY = 15_317;

/** Returns the output of a job as another system writes it, and its store. */
async function outputOf(name: string, files: Readonly<Record<string, string>>) {
  const job = jobNamed(name);
  const store = new MemoryStore('/memory/models');
  const folder = `shop/${job.writes}/${DAY}/`;
  for (const [file, text] of Object.entries({ ...files, [SUCCESS]: '' })) await store.put(folder + file, text);
  const request = { job, client: 'shop', store, openStore: expect.fail, day: DAY, now: new Date(0), warn: expect.fail };
  return { job, store, output: await findOutput(request) };
}

/** Exports the first table of a job and returns the files by name. */
async function filesOf(name: string, output: PublishedOutput, format: Format, texts?: ClientTexts) {
  const store = new MemoryStore('/memory/export');
  await exportTable(output, tablesFor(jobNamed(name), format, JOBS)[0]!, format, texts, { store, prefix: '' });
  return contents(store);
}

test('A line that is no row is an error with the file and the line, and no file is written', async () => {
  const { output } = await outputOf('tagaffinity', {
    'part-00000': '{"user":1,"tag":"a","weight":1}\n\n{"user":1.5,"tag":"a","weight":1}\n',
  });
  const store = new MemoryStore('/memory/export');
  const [table] = tablesFor(jobNamed('tagaffinity'), 'csv', JOBS);
  await expect(exportTable(output, table!, 'csv', undefined, { store, prefix: '' })).rejects.toThrow(
    /tagaffinity\/15317\/part-00000, line 3: user cannot hold 1\.5: it takes whole numbers/,
  );
  expect(await contents(store)).toEqual({});
});

test('A store that fails ends the export with its error', async () => {
  const { output } = await outputOf('tagaffinity', { 'part-00000': '{"user":1,"tag":"a","weight":1}\n' });
  const store = new MemoryStore('/memory/export');
  store.put = async () => {
    throw new Error('the disk is full');
  };
  const [table] = tablesFor(jobNamed('tagaffinity'), 'parquet', JOBS);
  await expect(exportTable(output, table!, 'parquet', undefined, { store, prefix: '' })).rejects.toThrow(
    'disk is full',
  );
});

test('An output without the file of a table is refused, and one with an empty file has a table without rows', async () => {
  const { output } = await outputOf('matrix-factorization', { 'userFeatures.txt': '1|0.5\n' });
  const tables = tablesFor(jobNamed('matrix-factorization'), 'npy', JOBS);
  await expect(checkTables(output, tables)).rejects.toThrow('has no file of the table items (^productFeatures\\.txt$)');
  const empty = await outputOf('tagaffinity', { 'part-00000': '', 'part-00001': '' });
  await checkTables(empty.output, tablesFor(jobNamed('tagaffinity'), 'csv', JOBS));
  expect(await filesOf('tagaffinity', empty.output, 'csv')).toEqual({ 'tags.csv': 'user,tag,weight\n' });
});

test('A number without a text of the client stays a number, as text, and is counted once', async () => {
  const { job, store, output } = await outputOf('fpgrowth', {
    'part-00000':
      '{"itemset":[1,2],"item":3,"confidence":0.5,"lift":2,"interest":0.25}\n{"itemset":[3],"item":9,"confidence":0.5,"lift":2,"interest":0.25}\n',
  });
  const pairs = [1, 2].map((id) => `{"kind":"item","id":${id},"text":"SKU ${id}, \\"x\\""}\n`).join('');
  await store.put(`shop/ids/${DAY}/part-00000`, pairs);
  await store.put(`shop/ids/${DAY}/${SUCCESS}`, '');
  const read = () => ClientTexts.read({ inputs: store, client: 'shop', job, jobs: JOBS }, output);
  const texts = await read();
  expect(await filesOf('fpgrowth', output, 'ndjson', texts)).toEqual({
    'rules.ndjson':
      '{"antecedent":["SKU 1, \\"x\\"","SKU 2, \\"x\\""],"item":"3","confidence":0.5,"lift":2,"interest":0.25}\n' +
      '{"antecedent":["3"],"item":"9","confidence":0.5,"lift":2,"interest":0.25}\n',
  });
  expect(withoutTextInWords(texts, DAY)).toBe(
    '2 items have no text of the client up to day 2011-12-09 (15317), and are written as their numbers',
  );
  expect(withoutTextInWords(await read(), DAY)).toBeUndefined();
});

test('An output that has texts in place of ids has columns of texts', async () => {
  const { output } = await outputOf('recommendations', {
    'part-00000': '{"user":"anna","items":[["SKU-1",0.5]],"from":"model"}\n',
  });
  await expect(filesOf('recommendations', output, 'csv')).rejects.toThrow('user takes a number, not "anna"');
  const manifest = { run: 'a', job: 'recommendations', version: 1, client: 'shop', day: DAY, counts: {}, files: [] };
  const withTexts = { ...output, manifest: { ...manifest, settings: { clientIds: true } } };
  expect(await filesOf('recommendations', withTexts, 'csv')).toEqual({
    'recommendations.csv': 'user,rank,item,score,from\nanna,1,SKU-1,0.5,model\n',
  });
});

test('The vectors of word2vec begin behind the header line', async () => {
  const { output } = await outputOf('word2vec', {
    'docvectors.txt': '-vectortype REAL -dimension 2\n7|0.1|-2\n8|1|0\n',
  });
  expect(await filesOf('word2vec', output, 'csv')).toEqual({
    'items.csv': 'item,vector_1,vector_2\n7,0.1,-2\n8,1,0\n',
  });
  expect(Object.keys(await filesOf('word2vec', output, 'npy'))).toEqual(['items.ids.npy', 'items.npy']);
});
