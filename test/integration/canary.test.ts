/**
 * A password is seen nowhere: whole runs and other commands with a canary in place of it, right and wrong ones, at right and
 * wrong places. All that they print, and every object that they leave, is searched.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';
import { type Ended, offline } from '../helpers/offline.ts';
import { CREATE_ITEM_TABLES } from '../helpers/seldon-tables.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
/** Letters alone, so that no spelling hides it. */
const CANARY = 'cAnArYqzx';
const input = temporaryFolder();
const server = useMariaDb();

beforeAll(async () => {
  writeActions(input, 'shop', DAY, { users: 60, items: 30, actions: 1_000, parts: 1 });
  await server().create('shop');
  await runSql(server(), 'shop', [
    `CREATE USER 'u' IDENTIFIED BY '${CANARY}'`,
    "GRANT ALL ON shop.* TO 'u'",
    ...CREATE_ITEM_TABLES,
    'INSERT INTO dimension VALUES (1, 1, 1, 1)',
    ...Array.from({ length: 30 }, (_, item) => `INSERT INTO item_map_enum VALUES (${item + 1}, 1, 1)`),
  ]);
});

/** Asserts that neither what was printed nor any file holds the canary. */
function expectNoCanary({ stdout, stderr }: Ended, folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  for (const text of [...texts, ...files.map(({ name }) => name), stdout, stderr]) {
    expect(text.toLowerCase().includes(CANARY.toLowerCase()), text.slice(0, 500)).toBe(false);
  }
}

/** Runs a job for the client with the settings in a file, `--verbose` and `--json`: all that can be printed is. */
async function runWith(job: string, settings: object, { env = {}, more = [] as string[] } = {}) {
  const output = temporaryFolder();
  const config = join(temporaryFolder(), 'config.json');
  writeFileSync(config, JSON.stringify(settings));
  const places = ['--start-day', String(DAY), '--input-path', input, '--output-path', output];
  const args = ['run', job, '--client', 'shop', '--config', config, ...places, '--verbose', '--json', ...more];
  return { ended: await offline(args, { env }), output };
}

const right = () => `jdbc:mysql://127.0.0.1:${server().port}/shop?user=u&password=${CANARY}&serverTimezone=UTC`;

describe('a run that succeeds', () => {
  test('fills a table, and neither its comment nor the server’s log holds the password', async () => {
    const { ended, output } = await runWith('similar-items', { jdbc: right() });
    expect(ended.stderr + ended.status).toMatch(/0$/);
    expectNoCanary(ended, output);
    expect(JSON.parse(ended.stdout).warnings.join()).toMatch(/keep it apart.*serverTimezone has no effect/);
    const [comments] = await withSql(server(), 'shop', (connection) =>
      connection.query('SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()'),
    );
    expect(JSON.stringify(comments)).toContain('requestedAt');
    expect(JSON.stringify(comments)).not.toContain(CANARY);
    expect(server().log()).not.toContain(CANARY);
  });

  test('reads a catalogue by a secret', async () => {
    const options = { env: { SECRET_SHOP: right() } };
    const { ended, output } = await runWith(
      'cluster-by-dimension',
      { jdbc: 'secret:shop', minClusterSize: 1 },
      options,
    );
    expect(ended.stderr + ended.status).toMatch(/0$/);
    expectNoCanary(ended, output);
  });
});

const AT = 'jdbc:mysql://127.0.0.1:1';
const ADDRESSES = [
  `${AT}/d?user=u&password=${CANARY}`,
  `${AT}/d;password=${CANARY}`,
  `${AT}/d;${CANARY}`,
  `${AT}/d?user=root;password=${CANARY}`,
  `${AT}/d?password=a&${CANARY}=1`,
  `${AT};password=${CANARY}/d`,
  `jdbc:mysql://u:${CANARY}@127.0.0.1:1/d`,
];

describe('a run that fails', () => {
  test.each(ADDRESSES)('with %s', async (jdbc) => {
    const { ended, output } = await runWith('similar-items', { jdbc });
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toMatch(/jdbc|127\.0\.0\.1/);
    expectNoCanary(ended, output);
  });

  test('with a password that the server refuses', async () => {
    const jdbc = right().replace(CANARY, `${CANARY}x`);
    const { ended, output } = await runWith('similar-items', { jdbc });
    expect(ended.stderr).toContain('check user and password');
    expectNoCanary(ended, output);
  });

  test('with a secret that is no address', async () => {
    const { ended, output } = await runWith('similar-items', { jdbc: 'secret:x' }, { env: { SECRET_X: CANARY } });
    expect(ended.stderr).toContain('secret:x is refused');
    expectNoCanary(ended, output);
  });

  test.each([
    ['an address under a key that is misspelt', ['--set', `jbdc=${ADDRESSES[0]}`]],
    ['an address without a key', ['--set', `${ADDRESSES[1]}`]],
    ['an address without a key or an =', ['--set', `mysql://u:${CANARY}@h/d`]],
    ['an address where a path is wanted', ['--set', `itemsPath=${ADDRESSES[0]}`]],
    ['an address in place of a number', ['--set', `days=${ADDRESSES[0]}`]],
    ['an address behind an option that is none', [`--jdbc=${ADDRESSES[0]}`]],
    ['an address as one word too many', [`${ADDRESSES[2]}`]],
    ['an address in place of a count', ['--shards', `${ADDRESSES[0]}`]],
    ['JSON where a file is wanted', ['--config', JSON.stringify({ jdbc: ADDRESSES[0], password: CANARY })]],
  ])('with %s', async (_what, more) => {
    const settings = { jdbc: `${AT}/d` };
    const { ended, output } = await runWith('tagaffinity', settings, { more });
    expect(ended.status).not.toBe(0);
    expectNoCanary(ended, output);
  });
});

test.each(['validate', 'plan'])('%s shows none', async (command) => {
  const folder = temporaryFolder();
  const places = command === 'plan' ? ['--client', 'shop', '--start-day', String(DAY), '--input-path', input] : [];
  for (const jdbc of [right(), `${AT}/d;password=${CANARY}`]) {
    const args = [command, 'similar-items', ...places, '--set', `jdbc=${jdbc}`, '--json'];
    expectNoCanary(await offline(args), folder);
  }
});
