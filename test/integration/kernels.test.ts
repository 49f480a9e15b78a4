/** The benchmark's kernels: the core of each job over one day of a generated shop makes the bytes that the job writes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadJob } from '../../functions/registry.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import { filesIn } from '../benchmark/files.ts';
import { hasKernel } from '../benchmark/job-parts.ts';
import type { Kernel } from '../benchmark/kernels/kernel.ts';
import { collectorFolder, logsPattern } from '../benchmark/logs.ts';
import { groupActions, runWholeDay } from '../benchmark/offline.ts';
import { CLIENT, DAY } from '../benchmark/places.ts';
import { writeCatalogue, writeShopLogs } from '../benchmark/shop.ts';
import { configureShop, DAY_JOBS, GROUPING, settingsOf } from '../benchmark/shop-jobs.ts';
import { expectSameBytes } from '../helpers/same-bytes.ts';

/** With this number of actions, words occur 50 times and clusters have 200 users, as the default settings demand. */
const ACTIONS = 100_000;
const shop = { folder: mkdtempSync(join(tmpdir(), 'kernels-')), actions: ACTIONS };
const root = join(shop.folder, 'models');
const dayOf = (folder: string): string => join(root, dayFolder(CLIENT, folder, DAY));

beforeAll(async () => {
  await writeShopLogs(join(shop.folder, 'logs'), ACTIONS, true);
  writeCatalogue(join(shop.folder, 'items.ndjson'));
  await groupActions(logsPattern(join(shop.folder, 'logs')), root, false, { workers: 2 });
  await runWholeDay(await configureShop(shop), root, { workers: 2 });
});
afterAll(() => rmSync(shop.folder, { recursive: true }));

const contentOf = (path: string): Buffer => {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

test.each(DAY_JOBS.filter(hasKernel))('the kernel of %s makes the bytes that the job writes', async (job) => {
  const { kernel } = (await import(`../benchmark/kernels/${job}.ts`)) as { readonly kernel: Kernel };
  const { inputs, writes } = await loadJob(job);
  const compute = await kernel(
    job === GROUPING
      ? { job, folder: collectorFolder(join(shop.folder, 'logs')), settings: {} }
      : { job, folder: dayOf(inputs.folders[0]!), settings: await settingsOf(shop, job) },
  );
  const output: Uint8Array[] = [];
  for await (const bytes of compute()) output.push(bytes);
  const written = Buffer.concat(filesIn(dayOf(writes)).map(contentOf));
  expect(written.length).toBeGreaterThan(1_000);
  expectSameBytes(Buffer.concat(output), written, `${writes}, the kernel beside the job`);
});
