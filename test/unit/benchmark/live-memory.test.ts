import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { highestByStep, LIVE_MEMORY_OPTIONS, liveRow, readInvocations } from '../../benchmark/live-memory.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const WORKER = fileURLToPath(new URL('../../helpers/holding-worker.mjs', import.meta.url));
const folder = temporaryFolder();

/** A collection is made for every 4 MiB of arrays and garbage. Memory allocated since the last one is not measured. */
const RESOLUTION_MB = 4;

test('The memory of a thread is measured to a few MiB, with arrays and WebAssembly and without garbage', () => {
  const held = { 'arrays 40': 40, 'garbage 200': 0, 'wasm 32': 32, 'arrays 80': 80, 'garbage 100': 0 };
  const file = join(folder, 'live.ndjson');
  execFileSync(process.execPath, [...LIVE_MEMORY_OPTIONS, WORKER, ...Object.keys(held)], {
    env: { ...process.env, LIVE_MEMORY_FILE: file },
  });
  const seen = readInvocations(file);
  expect(seen.map(({ handler }) => handler)).toEqual(Object.keys(held));
  for (const [at, mib] of Object.values(held).entries()) {
    const { beforeMb, liveMb } = seen[at]!;
    expect(Math.abs(liveMb - beforeMb - mib)).toBeLessThan(RESOLUTION_MB);
  }
});

test('The largest shard of a step counts, and the planning of a step is kept apart', () => {
  const mapped = [8, 12, 10].map((liveMb) => ({ handler: 'count', beforeMb: 7, liveMb }));
  const planned = { handler: 'plan', planned: 'count', beforeMb: 7, liveMb: 9 };
  expect([...highestByStep([...mapped, planned])]).toEqual([
    ['count', 12],
    ['plan count', 9],
  ]);
});

test('A row compares the largest steps of two runs and names every step that grew by more than a fifth', () => {
  const live = (merge: number, solve: number) => new Map(Object.entries({ merge, solve }));
  expect(liveRow('memory', live(26, 36), live(20, 30))).toMatchObject({
    ratio: 1.2,
    note: '36.0 MiB (solve) / 30.0 MiB (solve); grown: merge 26.0 / 20.0',
  });
  expect(liveRow('memory', live(40, 30), live(20, 30)).ratio).toBeCloseTo(4 / 3, 10);
});
