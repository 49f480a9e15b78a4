/**
 * `offline forget` as users type it: a shop with two days of logs, all jobs, an evaluation and a report forgets a user. After
 * each step every byte of the output root is searched for the user.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniform } from '../../shared/example/actions.ts';
import { configFolderWith } from '../helpers/config-folder.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { type Ended, offline } from '../helpers/offline.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** No other number of the test is like this one. */
const USER = 987_654_321_012;
const NAME = 'anna of the shop';
const DAYS = ['2011-12-08', '2011-12-09'];
const folder = temporaryFolder();
const [logs, models] = [join(folder, 'logs'), join(folder, 'models')];
const pattern = join(logs, 'actions.%y/%m%d/*/*');

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Writes two days of logs of 40 users. The forgotten user is among them, also without an id and in a broken line. */
function writeLogs(): void {
  const random = uniform(11);
  const below = (limit: number): number => Math.floor(limit * random());
  for (const date of DAYS) {
    const lines = Array.from({ length: 900 }, (_, line) => {
      const user = below(40);
      const isAnna = user === 0;
      const action = {
        timestamp_utc: new Date(Date.parse(date) + 90_000 * line).toISOString(),
        client: 'shop',
        client_userid: isAnna ? NAME : `visitor ${user}`,
        userid: isAnna && below(3) === 0 ? 0 : isAnna ? USER : 100 + user,
        itemid: 1 + below(6) + 6 * (user % 2),
        type: 1,
      };
      return JSON.stringify(action);
    });
    lines.push(`{"timestamp_utc":"${date}T10:00:00Z","client":"shop","userid":${USER},"itemid":`);
    write(
      join(logs, `actions.${date.slice(0, 4)}`, date.slice(5).replace('-', ''), 'web/shop.log'),
      `${lines.join('\n')}\n`,
    );
  }
  const items = Array.from({ length: 12 }, (_, item) => ({ itemid: item + 1, dims: [item % 2], tags: `t${item % 2}` }));
  write(join(folder, 'items.ndjson'), items.map((item) => `${JSON.stringify(item)}\n`).join(''));
}

const itemsPath = join(folder, 'items.ndjson');
const config = configFolderWith(
  Object.fromEntries(
    Object.entries({
      'matrix-factorization': { rank: 4, iterations: 3, activate: true, days: 2, gate: 'warn', gzipOutput: true },
      'cluster-by-dimension': { itemsPath, minClusterSize: 1, delta: 0.01, activate: true, days: 2, gate: 'warn' },
      tagaffinity: { itemsPath, activate: true, days: 2, gate: 'warn' },
      sessionitems: {},
      basketanalysis: { minimumActions: 1 },
    }).map(([job, settings]) => [`all_clients/shop/offline/${job}`, JSON.stringify(settings)]),
  ),
);

async function done(...args: readonly string[]): Promise<Ended> {
  const ended = await offline([...args]);
  expect(ended.status, `${args.join(' ')}\n${ended.stderr}`).toBe(0);
  return ended;
}

const group = (date: string) =>
  done(
    ...['group-actions', '--input-path-pattern', pattern, '--input-date-string', date, '--output-path-dir', models],
    ...['--max-reject-ratio', '0.1'],
  );
const day = (date: string) =>
  done(
    ...['day', '--client', 'shop', '--start-day', date, '--input-path', models, '--output-path', models],
    ...['--config-root', config],
  );

type Row = { kind: string; place: string; outcome: string };
type Answer = { applied: boolean; found: Row[]; left: Row[] | null };

async function forget(...more: readonly string[]): Promise<Answer> {
  const places = ['--output-path', models, '--input-path-pattern', pattern, '--config-root', config];
  return JSON.parse((await done('forget', '--client', 'shop', ...places, ...more, '--json')).stdout);
}

/** Returns the files below the root that have the user's id as a number or as a double, or the user's name. */
function filesWithUser(): string[] {
  const double = Buffer.from(Float64Array.of(USER).buffer);
  return filesBelow(models).filter((path) => {
    const bytes = readFileSync(join(models, path));
    const content = path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    const text = content.toString('latin1');
    return new RegExp(`(?<!\\d)${USER}(?!\\d)`).test(text) || text.includes(NAME) || content.includes(double);
  });
}

const isNamed = (rows: readonly Row[], path: string): boolean =>
  rows.some(({ place }) => path === place || (place.endsWith('/') && path.startsWith(place)));

describe('a shop that forgets a user', () => {
  beforeAll(async () => {
    writeLogs();
    for (const date of DAYS) {
      await group(date);
      await day(date);
    }
    await done('report', '--client', 'shop', '--output-path', models, '--from', DAYS[0]!, '--to', DAYS[1]!);
  });

  test('The listing names every file with the user, and changes nothing', async () => {
    const before = filesBelow(models);
    const { found, left, applied } = await forget('--client-user', NAME);
    expect([applied, left]).toEqual([false, null]);
    const files = filesWithUser();
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((path) => !isNamed(found, path))).toEqual([]);
    const kinds = new Set(found.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['actions', 'model', 'output', 'raw logs', 'rejects', 'work area']);
    expect(found.filter(({ kind }) => kind === 'raw logs')).toHaveLength(2);
    expect(found.filter(({ place }) => place.startsWith('shop/sessionitems/'))).toEqual([]);
    expect(filesBelow(models)).toEqual(before);
  });

  test('With --apply only the list and the live models have the user, and after the next training only the list', async () => {
    const { left } = await forget('--user', String(USER), '--apply');
    const live = left!.filter(({ kind }) => kind !== 'raw logs');
    expect(live.map(({ kind, outcome }) => [kind, outcome])).toEqual(live.map(() => ['model', 'stays']));
    expect(live.length).toBeGreaterThan(0);
    const list = 'shop/_forgotten/ids.ndjson';
    expect(readFileSync(join(models, list), 'utf8')).toBe(`{"user":${USER}}\n`);
    expect(filesWithUser().filter((path) => path !== list && !isNamed(live, path))).toEqual([]);

    // The user comes back on the next day, and is left out. Models of both days are made anew.
    for (const date of DAYS) await group(date);
    await day(DAYS[1]!);
    const again = await forget('--user', String(USER), '--apply');
    expect(again.left!.map(({ kind }) => kind)).toEqual(['raw logs', 'raw logs']);
    // The snapshots of the list in work areas say whom their runs leave out.
    const snapshots = filesWithUser().filter((path) => path !== list);
    expect(snapshots.filter((path) => !path.endsWith('/snapshots/forgotten'))).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(models, 'shop/actions/15317/_SUCCESS'), 'utf8'));
    expect(manifest.counts.forgotten).toBeGreaterThan(5);
    expect((await done('forget', '--client', 'shop', '--output-path', models, '--list')).stdout).toBe(
      '1 user of shop is forgotten\n',
    );
  });

  test('Wrong usage, an unknown client and an unknown name are refused, and a user who is nowhere is told', async () => {
    const of = (...args: readonly string[]) => offline(['forget', '--output-path', models, ...args]);
    const [id, none, client, name, nowhere] = await Promise.all([
      of('--client', 'shop', '--user', '0'),
      of('--client', 'shop'),
      of('--client', 'shopp', '--user', '7'),
      of('--client', 'shop', '--client-user', 'nobody'),
      of('--client', 'shop', '--user', '123456789'),
    ]);
    expect([id.status, id.stderr]).toEqual([2, expect.stringContaining("'0' is no user id")]);
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('give --user ID or --client-user TEXT')]);
    expect([client.status, client.stderr]).toEqual([1, expect.stringContaining('there is no client shopp')]);
    expect([name.status, name.stderr]).toEqual([1, expect.stringContaining('no user of shop has the name "nobody"')]);
    expect([nowhere.status, nowhere.stdout]).toEqual([
      0,
      expect.stringContaining('nothing is known to hold user 123456789 of shop'),
    ]);
  });
});
