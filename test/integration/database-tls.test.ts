/** Connections to real MariaDB servers that demand TLS, offer it, or know none: every mode, and what each refusal says. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type MariaDb, TLS_HOST } from '../../localstack/mariadb.ts';
import type { Resolver } from '../../shared/config/endpoint.ts';
import { connect } from '../../shared/mysql/database.ts';
import { parseJdbc } from '../../shared/mysql/jdbc.ts';
import { runSql, useMariaDb } from '../helpers/mariadb.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const demanding = useMariaDb({ tls: 'demanded' });
const offering = useMariaDb({ tls: 'offered' });
const plain = useMariaDb();
const folder = temporaryFolder();

beforeAll(async () => {
  for (const server of [demanding(), offering(), plain()]) await server.create('shop');
  await runSql(offering(), 'shop', [
    "CREATE USER 'careful' IDENTIFIED BY 'x' REQUIRE SSL",
    "GRANT ALL ON shop.* TO 'careful'",
  ]);
});

/** Every name is this machine. */
const resolve: Resolver = async () => [{ address: '127.0.0.1', family: 4 }];

/** The cipher of a connection, empty without TLS. */
async function cipherOf(
  server: MariaDb,
  parameters: string,
  { port = server.port, host = TLS_HOST } = {},
): Promise<string> {
  const query = parameters.replace('CERTIFICATE', server.certificate ?? '');
  const address = { ...parseJdbc(server.jdbc('shop').replace('127.0.0.1', host) + query), port };
  await using database = await connect(address, { resolve });
  const [row] = await database.rows('asking', "SHOW STATUS LIKE 'Ssl_cipher'");
  return String(row?.[1]);
}

describe('a server that demands TLS is reached', () => {
  test.each([
    '',
    '&sslMode=PREFERRED',
    '&sslMode=REQUIRED',
    '&sslMode=VERIFY_CA&serverSslCert=CERTIFICATE',
    '&sslMode=VERIFY_IDENTITY&serverSslCert=CERTIFICATE',
    '&serverSslCert=CERTIFICATE',
    '&useSSL=true&requireSSL=true',
    '&useSSL=true&verifyServerCertificate=true&serverSslCert=CERTIFICATE',
    '&useSSL=true&serverTimezone=UTC',
  ])('with %j', async (parameters) => {
    expect(await cipherOf(demanding(), parameters)).not.toBe('');
  });
});

test.each(['', '&sslMode=PREFERRED', '&sslMode=DISABLED', '&useSSL=false'])(
  'a server that knows no TLS is reached without, with %j',
  async (parameters) => {
    expect(await cipherOf(plain(), parameters)).toBe('');
  },
);

test('a server that offers TLS is reached with it unless that is switched off', async () => {
  expect(await cipherOf(offering(), '')).not.toBe('');
  expect(await cipherOf(offering(), '&sslMode=DISABLED')).toBe('');
});

/** A file that is no certificate. */
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('what is refused says why and what to do', () => {
  test.each([
    ['TLS is demanded and switched off', demanding, '&sslMode=DISABLED', /demands TLS.*sslMode=REQUIRED/],
    ['TLS is demanded and switched off in the old way', demanding, '&useSSL=false', /demands TLS.*sslMode=REQUIRED/],
    ['TLS is not offered and demanded', plain, '&sslMode=REQUIRED', /demands TLS and the server offers none/],
    ['TLS is not offered and to be verified', plain, '&sslMode=VERIFY_CA', /demands TLS and the server offers none/],
    ['the authority is unknown', offering, '&sslMode=VERIFY_CA', /does not verify.*serverSslCert=/],
    ['the authority is unknown, the host too', offering, '&sslMode=VERIFY_IDENTITY', /does not verify.*serverSslCert=/],
  ])('%s', async (_what, server, parameters, message) => {
    const error = await cipherOf(server(), parameters).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('check user and password');
  });

  test('a user of whom TLS is demanded', async () => {
    const address = { ...parseJdbc(offering().jdbc('shop')), user: 'careful', password: 'x' };
    const refused = connect({ ...address, sslMode: 'DISABLED' });
    await expect(refused).rejects.toThrow(
      /demands TLS of this user, and sslMode=DISABLED connects without it: write sslMode=REQUIRED/,
    );
    await using _connected = await connect(address);
    await expect(connect({ ...address, sslMode: 'DISABLED', password: 'y' })).rejects.toThrow(
      'check user and password',
    );
    await expect(connect({ ...address, password: 'y' })).rejects.toThrow('check user and password');
  });

  test('a certificate of another host', async () => {
    const parameters = '&sslMode=VERIFY_IDENTITY&serverSslCert=CERTIFICATE';
    const refused = cipherOf(offering(), parameters, { host: 'other.test' });
    await expect(refused).rejects.toThrow(/certificate is of another host.*VERIFY_CA/);
    expect(await cipherOf(offering(), '&sslMode=VERIFY_CA&serverSslCert=CERTIFICATE', { host: 'other.test' })).not.toBe(
      '',
    );
  });

  test.each([
    ['is not there', () => join(folder, 'nothing.pem'), 'there is no such file'],
    ['is a folder', () => folder, 'it is no file'],
    ['is a device that never ends', () => '/dev/zero', 'it is no file'],
    ['holds something else', () => file('text.pem', 'CANARY'), 'it holds no certificate'],
    [
      'holds half a certificate',
      () => file('half.pem', '-----BEGIN CERTIFICATE-----\nCANARY\n-----END CERTIFICATE-----'),
      'cannot be read',
    ],
    ['is another kind of thing', () => 'ftp://host/a.pem', 'ftp: is not known'],
  ])('a certificate file that %s', async (_what, place, message) => {
    const error = await cipherOf(offering(), `&serverSslCert=${place()}`).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(message) });
    expect((error as Error).message).toContain('serverSslCert');
    expect((error as Error).message).not.toContain('CANARY');
  });
});

test('PREFERRED never goes without TLS because a handshake failed', async () => {
  // Between client and server: offers TLS as the server does, and answers the handshake with rubbish.
  let connections = 0;
  const proxy = createServer((client) => {
    connections++;
    const target = connectTo(offering().port, '127.0.0.1');
    target.on('data', (bytes) => client.write(bytes));
    client.once('data', () => client.write('this is no TLS at all'));
    for (const socket of [client, target]) socket.on('error', () => socket.destroy());
    client.on('close', () => target.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    const { port } = proxy.address() as AddressInfo;
    await expect(cipherOf(offering(), '', { port })).rejects.toThrow(/TLS could not be agreed on.*sslMode=DISABLED/);
    expect(connections).toBe(1);
  } finally {
    proxy.close();
  }
});

test('an address that a name leads to and that is refused: no socket opens', async () => {
  const address = { ...parseJdbc(plain().jdbc('shop')), host: 'harmless.example.com' };
  const bad: Resolver = async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '169.254.169.254', family: 4 },
  ];
  await expect(connect(address, { resolve: bad })).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('"harmless.example.com" is refused'),
  });
});
