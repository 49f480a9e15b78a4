/**
 * No password is shown: runs and other commands get a canary as password, in right and in wrong places. Their output and
 * every file that they leave are searched for it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeActions } from '../../shared/example/actions.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { runSql, useMariaDb, withSql } from '../helpers/mariadb.ts';
import { type Ended, offline } from '../helpers/offline.ts';
import { CREATE_ITEM_TABLES } from '../helpers/seldon-tables.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;
/** The password, of letters alone, which no encoding changes. */
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

/** Asserts that neither the printed text nor the name or content of any file has the canary. */
function expectNoCanary({ stdout, stderr }: Ended, folder: string): void {
  const paths = filesBelow(folder);
  const texts = paths.map((path) => readFileSync(join(folder, path), 'latin1'));
  for (const text of [...texts, ...paths, stdout, stderr]) {
    expect(text.toLowerCase().includes(CANARY.toLowerCase()), text.slice(0, 500)).toBe(false);
  }
}

/** Runs a job with the settings in a file, and with `--verbose` and `--json`, so that it prints as much as it can. */
async function runWith(job: string, settings: object, { env = {}, more = [] as string[] } = {}) {
  const output = temporaryFolder();
  const config = join(temporaryFolder(), 'config.json');
  writeFileSync(config, JSON.stringify(settings));
  const places = ['--start-day', String(DAY), '--input-path', input, '--output-path', output];
  const args = ['run', job, '--client', 'shop', '--config', config, ...places, '--verbose', '--json', ...more];
  return { ended: await offline(args, { env }), output };
}

const rightAddress = () => `jdbc:mysql://127.0.0.1:${server().port}/shop?user=u&password=${CANARY}&serverTimezone=UTC`;

describe('A run that succeeds', () => {
  test('shows no password, neither in the table’s comment nor in the server’s log', async () => {
    const { ended, output } = await runWith('similar-items', { jdbc: rightAddress() });
    expect(ended.stderr + ended.status).toMatch(/0$/);
    expectNoCanary(ended, output);
    expect(JSON.parse(ended.stdout).warnings.join()).toMatch(
      /keep the address as a secret.*serverTimezone has no effect/,
    );
    const [comments] = await withSql(server(), 'shop', (connection) =>
      connection.query('SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()'),
    );
    expect(JSON.stringify(comments)).toContain('requestedAt');
    expect(JSON.stringify(comments)).not.toContain(CANARY);
    expect(server().log()).not.toContain(CANARY);
  });

  test('shows no password when it reads a catalogue by a secret', async () => {
    const options = { env: { SECRET_SHOP: rightAddress() } };
    const { ended, output } = await runWith(
      'cluster-by-dimension',
      { jdbc: 'secret:shop', minClusterSize: 1 },
      options,
    );
    expect(ended.stderr + ended.status).toMatch(/0$/);
    expectNoCanary(ended, output);
  });
});

const SERVER = 'jdbc:mysql://127.0.0.1:1';
const ADDRESSES = [
  `${SERVER}/d?user=u&password=${CANARY}`,
  `${SERVER}/d;password=${CANARY}`,
  `${SERVER}/d;${CANARY}`,
  `${SERVER}/d?user=root;password=${CANARY}`,
  `${SERVER}/d?password=a&${CANARY}=1`,
  `${SERVER};password=${CANARY}/d`,
  `jdbc:mysql://u:${CANARY}@127.0.0.1:1/d`,
];

describe('A run that fails shows no password', () => {
  test.each(ADDRESSES)('when its address is %s', async (jdbc) => {
    const { ended, output } = await runWith('similar-items', { jdbc });
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toMatch(/jdbc|127\.0\.0\.1/);
    expectNoCanary(ended, output);
  });

  test('when the server refuses the password', async () => {
    const jdbc = rightAddress().replace(CANARY, `${CANARY}x`);
    const { ended, output } = await runWith('similar-items', { jdbc });
    expect(ended.stderr).toContain('check user and password');
    expectNoCanary(ended, output);
  });

  test('when its secret is no address', async () => {
    const { ended, output } = await runWith('similar-items', { jdbc: 'secret:x' }, { env: { SECRET_X: CANARY } });
    expect(ended.stderr).toContain('secret:x is refused');
    expectNoCanary(ended, output);
  });

  test.each([
    ['its address has a misspelt key', ['--set', `jbdc=${ADDRESSES[0]}`]],
    ['its address has no key', ['--set', `${ADDRESSES[1]}`]],
    ['its address has neither a key nor an =', ['--set', `mysql://u:${CANARY}@h/d`]],
    ['an address takes the place of a path', ['--set', `itemsPath=${ADDRESSES[0]}`]],
    ['an address takes the place of a number', ['--set', `days=${ADDRESSES[0]}`]],
    ['an address follows an unknown option', [`--jdbc=${ADDRESSES[0]}`]],
    ['an address is an argument too many', [`${ADDRESSES[2]}`]],
    ['an address takes the place of a count', ['--shards', `${ADDRESSES[0]}`]],
    ['JSON takes the place of a file', ['--config', JSON.stringify({ jdbc: ADDRESSES[0], password: CANARY })]],
  ])('when %s', async (_case, more) => {
    const settings = { jdbc: `${SERVER}/d` };
    const { ended, output } = await runWith('tagaffinity', settings, { more });
    expect(ended.status).not.toBe(0);
    expectNoCanary(ended, output);
  });
});

test.each(['validate', 'plan'])('the command %s shows no password', async (command) => {
  const folder = temporaryFolder();
  const places = command === 'plan' ? ['--client', 'shop', '--start-day', String(DAY), '--input-path', input] : [];
  for (const jdbc of [rightAddress(), `${SERVER}/d;password=${CANARY}`]) {
    const args = [command, 'similar-items', ...places, '--set', `jdbc=${jdbc}`, '--json'];
    expectNoCanary(await offline(args), folder);
  }
});
