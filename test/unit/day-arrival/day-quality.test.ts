import { expect, test } from 'vitest';
import * as daily from '../../../functions/day-arrival/daily.ts';
import { qualityOfDay } from '../../../functions/day-arrival/day-quality.ts';
import { attemptFolder, type ClientOutcome, type DaySummary } from '../../../functions/day-arrival/day-records.ts';
import { outcomeKey } from '../../../functions/day-arrival/outcomes.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { putSteadyEvaluations } from '../../helpers/evaluations.ts';
import { textAt } from '../../helpers/store-texts.ts';

const DAY = { day: 15_317, run: '0123456789abcdef', attempt: 1 };

async function setUp(clients: readonly string[]) {
  const output = new MemoryStore('/models');
  const log: string[] = [];
  const environment: daily.DailyEnvironment = {
    openStore: async () => output,
    openConfigRoot: async () => new FolderConfigRoot(new MemoryStore()),
    log: (level, words) => void log.push(`${level}: ${words}`),
    build: 'test',
    name: 'dev',
    outputRoot: '/models',
    configRoot: '/config',
    failureInside: async () => undefined,
  };
  const counts = { clients: Object.fromEntries(clients.map((name) => [name, { written: 5 }])) };
  await output.put('_rejected/15317/_SUCCESS', JSON.stringify({ run: 'grouping', files: [], counts }));
  await daily.clients(DAY, environment);
  const end = async (client: string) => {
    const waves = { '0': { 'matrix-factorization': { outcome: 'done', run: 'r' } as const } };
    await daily.record({ ...DAY, client, waves }, environment);
  };
  const summary = async () => {
    const { message } = await daily.summary(DAY, environment);
    const told: DaySummary = JSON.parse(await textAt(output, `${attemptFolder(DAY)}summary.json`));
    return { message, told };
  };
  return { output, log, environment, end, summary };
}

test('the summary says recall, both popularities and the change since the evaluated day before', async () => {
  const { output, log, end, summary } = await setUp(['none', 'shop']);
  await putSteadyEvaluations(output, 'shop', [15_310, 15_311], { 'matrix-factorization': 0.5 });
  await putSteadyEvaluations(output, 'shop', [15_317], { 'matrix-factorization': 0.6 });
  for (const client of ['none', 'shop']) await end(client);
  const { told, message } = await summary();
  expect(told.quality).toEqual([
    expect.stringMatching(
      /^matrix-factorization, client shop: recall@20 0\.599 \(0\.59\d to 0\.6\d\d\) of 80 users, \+0\.099 since 2011-12-03 \(15311\), popularity 0\.300 \(.*\), recent popularity 0\.200 \(.*\)$/,
    ),
  ]);
  expect(log).toContain(`info: ${told.quality[0]}`);
  // The model stood above both popularities before, too.
  expect([told.standings, message]).toEqual([[], 'day 2011-12-09 (15317): 2 clients done']);
  const record: ClientOutcome = JSON.parse(await textAt(output, outcomeKey(DAY, 'none')));
  expect(record.quality).toBeUndefined();
});

test('a standing is said when it becomes known, and when it has changed, once', async () => {
  const first = await setUp(['shop']);
  await putSteadyEvaluations(first.output, 'shop', [15_317], { 'matrix-factorization': 0.6 });
  await first.end('shop');
  const line =
    'matrix-factorization, client shop: its recall is now above both popularities, over its last evaluated days; it had too few users to tell before';
  expect((await first.summary()).told.standings).toEqual([line]);

  const later = await setUp(['shop']);
  const days = Array.from({ length: 12 }, (_, at) => 15_306 + at);
  const said: string[] = [];
  for (const [at, day] of days.entries()) {
    await putSteadyEvaluations(later.output, 'shop', [day], { 'matrix-factorization': at < 4 ? 0.6 : 0.25 });
    const quality = (await qualityOfDay(later.output, 'shop', day, () => undefined))?.['matrix-factorization'];
    if (JSON.stringify(quality?.standing) !== JSON.stringify(quality?.standingBefore)) said.push(String(day));
  }
  // On the first day; when the seven days together fall to and below popularity; then no more.
  expect(said.length).toBeGreaterThanOrEqual(2);
  expect(said.length).toBeLessThanOrEqual(3);
  expect(said[0]).toBe('15306');
  await later.end('shop');
  expect((await later.summary()).told.standings).toEqual([]);
});

test('a day whose standing changed is in the message, and a damaged evaluation is a warning', async () => {
  const { output, log, end, summary } = await setUp(['other', 'shop']);
  await putSteadyEvaluations(output, 'shop', [15_316], { 'matrix-factorization': 0.31, popularity: 0.3 });
  await putSteadyEvaluations(output, 'shop', [15_317], { 'matrix-factorization': 0.1, popularity: 0.3 });
  await output.put('other/evaluation/15317/metrics.json', '{');
  await end('shop');
  await end('other');
  const { told, message } = await summary();
  expect(told.standings).toHaveLength(1);
  expect(message).toBe(`day 2011-12-09 (15317): 2 clients done\n${told.standings[0]}`);
  expect(told.standings[0]).toBe(
    'matrix-factorization, client shop: its recall is now below popularity, above recent popularity, over its last evaluated days; it was above both popularities',
  );
  expect(log.join('\n')).toContain('other/evaluation/15317/metrics.json is damaged');
});
