/** The check `change` in whole runs: ten days of a shop whose users keep their taste, and then a day on which they do not. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobNamed } from '../../functions/index.ts';
import { writeParts } from '../../shared/example/actions.ts';
import { VERDICT, versionFolder } from '../../shared/store/keys.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import { readVerdict } from '../../shared/verdict/verdict-history.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import type { Settings } from '../helpers/memory-run.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
const USERS = 200;
const ITEMS = 80;
const GROUPS = 4;

/**
 * Writes the actions of a day. Each user meets the items of one of four groups, by `groupOf`; every user meets most of them, and
 * which ones they leave out changes from day to day.
 */
function writeDay(folder: string, day: number, groupOf: (item: number) => number): void {
  const time = new Date(day * 86_400_000).toISOString();
  const lines: string[] = [];
  for (let user = 1; user <= USERS; user++) {
    for (let item = 1; item <= ITEMS; item++) {
      if (groupOf(item) !== user % GROUPS || (user * 31 + item * 17 + day * 7) % 6 === 0) continue;
      lines.push(
        JSON.stringify({ timestamp_utc: time, client: 'shop', userid: user, itemid: item, type: 1, value: 1 }),
      );
    }
  }
  writeParts(join(folder, 'shop', 'actions', String(day)), lines, 1);
}

const isUsual = (item: number): number => item % GROUPS;
/** The items are renumbered: every list is of other items. */
const isRenumbered = (item: number): number => (item + 1) % GROUPS;

test('A model that recommends other things than the live one warns once eight earlier values are known, and goes live', async () => {
  const folder = temporaryFolder();
  const settings: Settings = { inputPath: folder, rank: 8, iterations: 5, lambda: 0.1, alpha: 10 };
  const output = new JobCloud({ job: jobNamed('matrix-factorization'), client: 'shop', day: DAY, settings });
  const runOn = async (day: number, more: Settings = {}): Promise<{ change: Check | undefined; log: string }> => {
    const job = jobNamed('matrix-factorization');
    const cloud = new JobCloud({ job, client: 'shop', day, settings: { ...settings, ...more } });
    Object.assign(cloud, { output: output.output, config: output.config });
    const { id } = await cloud.run({ shards: 1 });
    const verdict = await readVerdict(cloud.output, versionFolder('shop', 'mf', day, id) + VERDICT);
    return { change: verdict?.checks.find(({ check }) => check === 'change'), log: cloud.log.join('\n') };
  };
  for (let day = DAY; day < DAY + 12; day++) writeDay(folder, day, day < DAY + 10 ? isUsual : isRenumbered);

  expect((await runOn(DAY)).change).toMatchObject({
    verdict: 'notApplicable',
    says: 'nothing is live to compare with',
  });
  for (let day = DAY + 1; day < DAY + 9; day++) {
    const { change } = await runOn(day);
    expect(change).toMatchObject({ verdict: 'passed', limit: null });
    expect(change!.value).toBeGreaterThan(0.2);
    expect(change!.says).toContain(`of the 10 best items of ${USERS} users`);
  }
  const usual = await runOn(DAY + 9);
  expect(usual.change).toMatchObject({ verdict: 'passed', limit: expect.any(Number) });
  expect(usual.change!.value).toBeGreaterThan(usual.change!.limit!);

  const renumbered = await runOn(DAY + 10);
  expect(renumbered.change).toMatchObject({ verdict: 'warned', value: 0 });
  expect(renumbered.log).toMatch(
    /verdict: change: of the 10 best items of 200 users, 0\.0 % are those of the live model/,
  );

  const other = await runOn(DAY + 11, { lambda: 0.2, alpha: 11 });
  expect(other.change).toMatchObject({
    verdict: 'notApplicable',
    value: expect.any(Number),
    says: expect.stringMatching(
      /^of the 10 best items of 200 users, .* are those of the live model; the live model was made with other settings \(alpha, lambda\)$/,
    ),
  });
  writeDay(folder, DAY + 12, isRenumbered);
  const next = await runOn(DAY + 12, { lambda: 0.2, alpha: 11 });
  expect(next.change!.says).toContain('; 0 earlier models with the same settings were compared');
}, 60_000);
