/** `offline daily`, and `offline backfill` on this machine, as their users see them: several clients and days from raw logs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DayEnd } from '../../cli/local/clients-day.ts';
import { dateOf } from '../../shared/in-words.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { offline, offlineKilledAfter } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
const MF = 'matrix-factorization';
const SMALL = JSON.stringify({ rank: 2, iterations: 1, activate: true, days: 2 });
const CONFIG = {
  [`all_clients/shop/offline/${MF}`]: SMALL,
  'all_clients/shop/offline/sessionitems': '{"maxIntraSessionGapSecs": 3600, "days": 2}',
  [`all_clients/films/offline/${MF}`]: SMALL,
};

/** A folder with the logs of two days, of two clients and one without any job. */
let caller: string;
/** A day that ran without trouble, and its configuration. */
let first: Awaited<ReturnType<typeof run>>;
let config: string;
const PATTERN = 'logs/actions.%y/%m%d/*/*';

beforeAll(async () => {
  caller = temporaryFolder();
  for (const day of [DAY - 1, DAY]) writeLogs(day);
  config = configFolderWith(CONFIG);
  first = await run(daily('--day', '20111209'), config);
});

function writeLogs(day: number): void {
  const date = dateOf(day);
  const folder = join(caller, `logs/actions.${date.slice(0, 4)}/${date.slice(5).replace('-', '')}/web`);
  mkdirSync(folder, { recursive: true });
  const lines = ['shop', 'films', 'idle'].flatMap((client) =>
    Array.from({ length: 120 }, (_, at) => {
      const user = 1 + (at % 12);
      const action = { client, client_userid: `u${user}`, userid: user, itemid: 1 + ((at * 7 + user) % 9), type: 1 };
      return `${date}T08:${String(at % 60).padStart(2, '0')}:00Z actions ${JSON.stringify(action)}\n`;
    }),
  );
  writeFileSync(join(folder, 'shop.log'), lines.join(''));
}

/** Runs a command on days with a new root for models, or with the given one, and returns its days. */
async function run(args: readonly string[], config: string, models = temporaryFolder()) {
  const places = ['--config-root', config, '--output-path', models, '--workers', '1', '--json'];
  const ended = await offline([...args, ...places], { cwd: caller });
  return { ...ended, models, days: () => JSON.parse(ended.stdout) as DayEnd[] };
}

const daily = (...more: string[]) => ['daily', '--input-path-pattern', PATTERN, ...more];

/** Returns `shop matrix-factorization done` for each job of each client of a day. */
const outcomesOf = ({ clients }: DayEnd): string[] =>
  clients.flatMap(({ client, outcomes }) => outcomes.map(({ job, outcome }) => `${client} ${job} ${outcome}`));

const ALL_DONE = [
  ...['films evaluate done', `films ${MF} done`],
  ...['shop sessionitems done', 'shop evaluate done', `shop ${MF} done`],
];

describe('daily', () => {
  test('runs the enabled jobs of every client, activates, writes the reports, and a second time finds all done', async () => {
    expect(first.status, first.stderr).toBe(0);
    const [day] = first.days();
    expect(day).toMatchObject({ day: DAY, status: 'SUCCEEDED', error: null, grouping: { job: 'group-actions' } });
    expect(outcomesOf(day!)).toEqual(ALL_DONE);
    expect(first.stderr).toContain('no job for client idle');
    for (const client of ['shop', 'films']) {
      const version = `${first.models}/${client}/models/mf/${DAY}-`;
      expect(readFileSync(join(config, `all_clients/${client}/mf`), 'utf8')).toContain(version);
      expect(existsSync(join(first.models, client, `report/${DAY}/index.html`))).toBe(true);
    }
    const second = await run(daily('--day', '2011-12-09'), config, first.models);
    expect(second.status, second.stderr).toBe(0);
    const summaries = second.days()[0]!.clients.flatMap(({ outcomes }) => outcomes);
    expect(summaries.map((one) => 'summary' in one && one.summary.alreadyDone)).toEqual(ALL_DONE.map(() => true));
  });

  test('ends with 1 when the job of one client failed, and runs the jobs of the others', async () => {
    const { status, days } = await run(
      daily('--day', String(DAY)),
      configFolderWith({ ...CONFIG, [`all_clients/films/offline/${MF}`]: '{"rank": 0}' }),
    );
    expect(status).toBe(1);
    // The evaluation reads the settings of matrix factorization, too.
    const [day] = days();
    expect(day?.status).toBe('FAILED');
    expect(outcomesOf(day!)).toEqual(
      ALL_DONE.map((line) => (line.startsWith('films') ? line.replace('done', 'failed') : line)),
    );
  });

  test('succeeds when a model is blocked, and when only the evaluation failed', async () => {
    const config = configFolderWith({
      'all_clients/films/offline/tagaffinity': '{"itemsPath": "items", "tagAttr": "tags", "activate": true}',
      [`all_clients/films/offline/${MF}`]: SMALL,
      'all_clients/films/offline/evaluate': '{"cutoff": 0}',
    });
    writeFileSync(join(config, 'items.ndjson'), '{"itemid": 1, "tags": "one"}\n');
    const set = ['--set', `itemsPath=${join(config, 'items.ndjson')}`];
    const { status, days, stderr } = await run(daily('--day', String(DAY), ...set), config);
    expect(status, stderr).toBe(0);
    expect(outcomesOf(days()[0]!)).toEqual(['films tagaffinity blocked', 'films evaluate failed', `films ${MF} done`]);
    expect(days()[0]?.clients).toMatchObject([{ kind: 'kept' }]);
  });

  test('of a day without logs ends with 1; in a range with other days such a day is no failure', async () => {
    const config = configFolderWith({ [`all_clients/films/offline/${MF}`]: SMALL });
    const closed = await run(daily('--day', String(DAY + 1)), config);
    expect(closed.status).toBe(1);
    expect(closed.days()).toMatchObject([{ status: 'NO LOGS', error: { name: 'NoInputError' }, clients: [] }]);
    const range = await run(daily('--from', String(DAY), '--to', String(DAY + 1)), config, closed.models);
    expect(range.status, range.stderr).toBe(0);
    expect(range.days().map(({ day, status }) => [day, status])).toEqual([
      [DAY, 'SUCCEEDED'],
      [DAY + 1, 'NO LOGS'],
    ]);
  });

  test('with a setting that no job knows ends with 2 before anything is written', async () => {
    const { status, stderr, models } = await run(daily('--set', 'ranks=3'), configFolderWith(CONFIG));
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean rank?');
    expect(readdirSync(models)).toEqual([]);
  });

  test('gives a setting and the number of days to the jobs that know them', async () => {
    const more = ['--set', 'rank=3', '--days', '1', '--client', 'shop', '--jobs', `${MF},sessionitems`];
    const { status, stderr, models, days } = await run(daily('--day', String(DAY), ...more), configFolderWith(CONFIG));
    expect(status, stderr).toBe(0);
    expect(outcomesOf(days()[0]!)).toEqual([`shop ${MF} done`, 'shop sessionitems done']);
    const settingsOf = (job: string) =>
      JSON.parse(readFileSync(join(models, `shop/${job}/${DAY}/_SUCCESS`), 'utf8')).settings;
    expect(settingsOf(MF)).toMatchObject({ rank: 3, days: 1 });
    expect(settingsOf('sessionitems')).toMatchObject({ days: 1 });
  });

  test('that was killed goes on, and leaves the bytes of a run that was not', async () => {
    const [own, models] = [configFolderWith(CONFIG), temporaryFolder()];
    const places = ['--config-root', own, '--output-path', models, '--workers', '1'];
    const pattern = join(caller, PATTERN);
    const killed = await offlineKilledAfter(150, [
      'daily',
      '--input-path-pattern',
      pattern,
      '--day',
      '15317',
      ...places,
    ]);
    expect(killed.signal).toBe('SIGKILL');
    const again = await run(daily('--day', '15317'), own, models);
    expect(again.status, again.stderr).toBe(0);
    expect(modelsIn(models)).toEqual(modelsIn(first.models));
  });

  test('twice at once on the same root does the work once, and both end well', async () => {
    const [config, models] = [configFolderWith(CONFIG), temporaryFolder()];
    const both = await Promise.all([1, 2].map(() => run(daily('--day', '15317'), config, models)));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const computed = both.map(({ days }) => days()[0]!.clients.flatMap(({ outcomes }) => outcomes));
    const there = computed.map(
      (outcomes) => outcomes.filter((one) => 'summary' in one && one.summary.alreadyDone).length,
    );
    expect(there.sort()).toEqual([0, ALL_DONE.length]);
    expect(existsSync(join(models, '.work/daily/_all/local.json'))).toBe(false);
  });
});

/** Returns path → text of the published files, without the report, whose figures of time differ. */
const modelsIn = (root: string): Record<string, string> =>
  Object.fromEntries(
    filesBelow(root)
      .filter((path) => !path.startsWith('.work/') && !/\/report\/|_BEGUN|_history|_live\//.test(path))
      .map((path) => [path, readFileSync(join(root, path), 'latin1')]),
  );

describe('backfill on this machine', () => {
  test('runs the days in their order, then only the jobs that are asked for, from the grouped actions', async () => {
    const config = configFolderWith(CONFIG);
    const range = ['--from', '2011-12-08', '--to', '20111209'];
    const first = await run(['backfill', '--input-path-pattern', PATTERN, ...range], config);
    expect(first.status, first.stderr).toBe(0);
    expect(first.days().map(({ day, status }) => [day, status])).toEqual([
      [DAY - 1, 'SUCCEEDED'],
      [DAY, 'SUCCEEDED'],
    ]);
    rmSync(join(first.models, `shop/sessionitems/${DAY - 1}`), { recursive: true });
    const some = ['--client', 'shop', '--jobs', 'sessionitems'];
    const second = await run(['backfill', ...range, ...some], config, first.models);
    expect(second.status, second.stderr).toBe(0);
    expect(second.days().map(({ grouping }) => grouping)).toEqual([null, null]);
    const summaries = second.days().flatMap(({ clients }) => clients.flatMap(({ outcomes }) => outcomes));
    expect(summaries.map((one) => 'summary' in one && one.summary.alreadyDone)).toEqual([false, true]);
    expect(existsSync(join(first.models, `shop/sessionitems/${DAY - 1}/_SUCCESS`))).toBe(true);
  });

  test('says that days have not been grouped, and refuses options of a deployment', async () => {
    const config = configFolderWith(CONFIG);
    const none = await run(['backfill', '--from', '15316', '--to', '15317'], config);
    expect(none.status).toBe(1);
    expect(none.days()).toMatchObject([{ status: 'NOT GROUPED' }, { status: 'NOT GROUPED' }]);
    const wrong = await run(['backfill', '--from', '15316', '--to', '15317', '--concurrency', '2'], config);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--concurrency is for --env')]);
  });
});

test('status shows the root that the jobs’ nodes name', async () => {
  const models = temporaryFolder();
  const config = configFolderWith({ [`all_clients/shop/offline/${MF}`]: JSON.stringify({ outputPath: models }) });
  const ended = await offline(['status', '--config-root', config]);
  expect([ended.status, ended.stdout]).toEqual([0, expect.stringContaining(`nothing is published under ${models}`)]);
});
