/** The commands on live models as users type them, with a folder and with a real ZooKeeper as configuration root. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { writeActions } from '../../shared/example/actions.ts';
import { FileStore } from '../../shared/store/file-store.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { putVerdict, putVersion, runOfDay } from '../helpers/live.ts';
import { type Ended, offline, offlineSummary } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { useZooKeeper } from '../helpers/zookeeper.ts';

const JOB = 'matrix-factorization';
const CLIENT = 'shop';
/** A client without a version at first. All tests share one ZooKeeper, so only one test for each root uses this client. */
const OTHER = 'another';
const DAYS = [15315, 15316, 15317];

const zookeeper = useZooKeeper();

/** Makes a configuration root that knows two clients, and an output folder with three versions of the first client. */
async function makeRoots(kind: 'a folder' | 'ZooKeeper'): Promise<{ output: string; places: string[] }> {
  const output = temporaryFolder();
  const store = new FileStore(output);
  for (const day of DAYS) {
    const folder = await putVersion(store, { client: CLIENT, node: 'mf', day });
    await putVerdict(store, folder, runOfDay(day));
  }
  if (kind === 'ZooKeeper') {
    await using root = new ZooKeeperConfigRoot(zookeeper().hosts);
    await root.ensureFolder(`/all_clients/${CLIENT}/offline`);
    await root.ensureFolder(`/all_clients/${OTHER}`);
    return { output, places: ['--zookeeper', zookeeper().hosts, '--output-path', output] };
  }
  const config = configFolderWith({
    [`all_clients/${CLIENT}/offline/${JOB}`]: '{}',
    [`all_clients/${OTHER}/offline/${JOB}`]: '{}',
  });
  return { output, places: ['--config-root', config, '--output-path', output] };
}

const jsonOf = ({ stdout }: Ended) => JSON.parse(stdout);

describe.each(['a folder', 'ZooKeeper'] as const)('With %s', (kind) => {
  test('activate, rollback, hold and release change the live model, and history and models show it', async () => {
    const { output, places } = await makeRoots(kind);
    const run = (command: string, ...more: string[]) =>
      offline([command, JOB, '--client', CLIENT, ...places, ...more, '--json']);
    const locationOf = (day: number) => join(output, CLIENT, 'models', 'mf', `${day}-${runOfDay(day)}`);

    const nothing = await run('rollback');
    expect([nothing.status, nothing.stderr]).toEqual([1, expect.stringContaining('no earlier live model of mf')]);

    for (const day of DAYS) {
      const done = await run('activate', '--day', String(day));
      expect([done.status, done.stderr]).toEqual([0, '']);
      expect(jsonOf(done)).toMatchObject({ live: { day, location: locationOf(day) }, hold: null });
    }
    const missing = await run('activate', '--day', '15000');
    expect([missing.status, missing.stderr]).toEqual([
      1,
      expect.stringContaining('no version of day 2011-01-26 (15000)'),
    ]);

    // Two rollbacks at once go back two versions.
    const both = await Promise.all([run('rollback', '--because', 'worse'), run('rollback', '--because', 'worse')]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const models = await offline(['models', ...places, '--json']);
    expect([models.status, models.stderr]).toEqual([0, '']);
    expect(jsonOf(models)).toEqual([
      {
        client: CLIENT,
        job: JOB,
        node: 'mf',
        live: {
          location: locationOf(15315),
          day: 15315,
          date: '2011-12-07',
          run: runOfDay(15315),
          ageDays: Math.floor(Date.now() / 86_400_000) - 15315,
          counts: { users: 3 },
        },
        newest: { day: 15317, date: '2011-12-09', run: runOfDay(15317) },
        verdict: 'passed',
        held: { since: expect.any(String), because: 'worse' },
      },
    ]);
    const held = await run('activate', '--day', '15317');
    expect([held.status, held.stderr]).toEqual([1, expect.stringContaining('the node is held since')]);

    expect((await run('release')).status).toBe(0);
    expect((await run('release')).status).toBe(0);
    expect(jsonOf(await run('hold', '--because', 'sale')).hold.because).toBe('sale');
    const history = jsonOf(await run('history'));
    expect(history.map(({ by, live }: { by: string; live: { day: number } }) => [by, live.day])).toEqual([
      ['activate', 15315],
      ['activate', 15316],
      ['activate', 15317],
      ['rollback', 15316],
      ['rollback', 15315],
      ['release', 15315],
      ['hold', 15315],
    ]);

    const words = await offline(['models', '--client', CLIENT, ...places]);
    expect(words.stdout).toContain('2011-12-07 (15315)');
    expect(words.stdout).toContain(`${JOB} of ${CLIENT} is held since`);
    const told = await offline(['history', JOB, '--client', CLIENT, ...places]);
    expect(told.stdout.split('\n')[1]).toContain('sale');
  });
});

describe('Among runs of several days', () => {
  const SMALL = ['--set', 'rank=2', '--set', 'iterations=1', '--set', 'gate=off', '--workers', '1'];

  /** Runs the job for a day with activation. */
  const run = (day: number, places: readonly string[], ...more: string[]) =>
    offlineSummary([
      ...['run', JOB, '--client', OTHER, '--start-day', String(day), '--set', 'activate=true'],
      ...SMALL,
      ...places,
      ...more,
    ]);

  test.each(['a folder', 'ZooKeeper'] as const)(
    'with %s, a run of an older day does not go live and is not computed again (R26)',
    async (kind) => {
      const { output, places } = await makeRoots(kind);
      const input = temporaryFolder();
      for (const day of [15320, 15321]) {
        writeActions(input, OTHER, day, { users: 30, items: 20, actions: 400, parts: 1, seed: day });
      }
      const all = [...places, '--input-path', input];
      const first = await run(15321, all);
      expect(first).toMatchObject({ notActivated: null, alreadyDone: false });
      expect(first.activated).toBe(join(output, OTHER, 'models', 'mf', `15321-${first.run}`));

      const older = await run(15320, all);
      const why = "the live model is of 2011-12-13 (15321), newer than this run's day";
      expect(older).toMatchObject({ activated: null, notActivated: why, alreadyDone: false });
      expect(older.warnings).toContainEqual(expect.stringContaining(`not activated: ${why}`));
      // The run counts as done although its model did not go live.
      expect(await run(15320, all)).toMatchObject({ alreadyDone: true, activated: null, notActivated: why });

      // Another model of the live day replaces the first. A rollback brings the first back and holds it against runs.
      const second = await run(15321, all, '--set', 'rank=3');
      expect(second.activated).toBe(join(output, OTHER, 'models', 'mf', `15321-${second.run}`));
      const back = await offline(['rollback', JOB, '--client', OTHER, ...places, '--json']);
      expect([back.status, jsonOf(back).live.run]).toEqual([0, first.run]);
      const held = await run(15321, all, '--set', 'rank=4');
      expect(held).toMatchObject({ activated: null, notActivated: expect.stringContaining('is held since') });

      // The third model was published while the node was held. After the release the same request activates it at once.
      expect((await offline(['release', JOB, '--client', OTHER, ...places])).status).toBe(0);
      const late = await run(15321, all, '--set', 'rank=4');
      expect(late).toMatchObject({
        activated: join(output, OTHER, 'models', 'mf', `15321-${held.run}`),
        notActivated: null,
      });
      expect(late.steps.map(({ step }) => step)).not.toContain('solve');
      const rows = jsonOf(await offline(['models', '--client', OTHER, ...places, '--json']));
      expect(rows).toMatchObject([{ live: { run: held.run, day: 15321 }, newest: { day: 15321 }, held: null }]);
    },
  );

  test('a run that is already done shows its verdict', async () => {
    const { output, places } = await makeRoots('a folder');
    const input = temporaryFolder();
    writeActions(input, OTHER, 15320, { users: 30, items: 20, actions: 400, parts: 1, seed: 1 });
    const all = [...places, '--input-path', input, '--set', 'gate=warn'];
    const first = await run(15320, all);
    expect(first.verdict).toMatch(/^(passed|warned)$/);
    expect(await run(15320, all)).toMatchObject({ alreadyDone: true, verdict: first.verdict });
    expect(existsSync(join(output, OTHER, 'models', 'mf', `15320-${first.run}`, '_verdict.json'))).toBe(true);
  });

  test('a run for an unknown client ends with 2 before any work, and the message names the known clients', async () => {
    const { output, places } = await makeRoots('a folder');
    const args = ['run', JOB, '--client', 'shpo', '--start-day', '15320', '--set', 'activate=true', ...places];
    const { status, stderr } = await offline(args);
    expect([status, stderr]).toEqual([2, expect.stringContaining('knows no client "shpo"')]);
    expect(stderr).toContain('another, shop');
    expect(stderr).toContain('create the client (in ZooKeeper: create /all_clients/shpo ""');
    expect(existsSync(join(output, '.work'))).toBe(false);
  });
});

test.each<[string, string[], string]>([
  [
    'an unknown job',
    ['rollback', 'sessionitems', '--client', CLIENT, '--config-root', 'x'],
    'the jobs with models are',
  ],
  ['a command without a configuration root', ['models'], 'Give --zookeeper, --config-root or --env'],
  [
    '--env beside --config-root',
    ['models', '--env', 'dev', '--config-root', 'x'],
    'leave out --zookeeper, --config-root and --output-path',
  ],
  [
    'a key that no job has',
    ['models', '--config-root', 'x', '--set', 'rnak=1'],
    '"rnak" is no setting; did you mean rank? S',
  ],
  [
    'a key of another job',
    ['hold', JOB, '--client', CLIENT, '--config-root', 'x', '--set', 'jdbc=x'],
    '"jdbc" is no setting',
  ],
  [
    'activate without a version',
    ['activate', JOB, '--client', CLIENT, '--config-root', 'x'],
    'Give either --day or --run',
  ],
])('%s is wrong usage', async (_name, args, message) => {
  const { status, stderr } = await offline(args, { cwd: temporaryFolder() });
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('a version without a verdict is judged first, and a blocked version goes live only under gate warn', async () => {
  const { output, places } = await makeRoots('a folder');
  const run = runOfDay(15318);
  // The only file of this version has neither a rule nor a line break.
  await putVersion(new FileStore(output), { client: CLIENT, node: 'assocrules', day: 15318 });
  const activate = (...more: string[]) =>
    offline(['activate', 'fpgrowth', '--client', CLIENT, ...places, '--day', '15318', ...more, '--json']);
  const refused = await activate();
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('readable: part-00000 ends within a line');
  expect(refused.stderr).toContain('--gate warn');
  expect((await offline(['models', ...places, '--json'])).stdout).not.toContain(`models/assocrules/15318-${run}`);
  const released = await activate('--gate', 'warn');
  expect([released.status, released.stderr]).toEqual([0, expect.stringContaining('warning: verdict: readable: ')]);
  expect(jsonOf(await offline(['models', ...places, '--json']))).toMatchObject([
    { job: 'fpgrowth', live: { run }, verdict: 'warned' },
    { job: JOB },
  ]);
  expect((await activate('--gate', 'open')).status).toBe(2);
});
