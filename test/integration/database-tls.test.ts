/** Connections to real MariaDB servers that demand TLS, offer it, or do not know it, in every mode and with every refusal. */
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

const demandsTls = useMariaDb({ tls: 'demanded' });
const offersTls = useMariaDb({ tls: 'offered' });
const withoutTls = useMariaDb();
const folder = temporaryFolder();

beforeAll(async () => {
  for (const server of [demandsTls(), offersTls(), withoutTls()]) await server.create('shop');
  await runSql(offersTls(), 'shop', [
    "CREATE USER 'careful' IDENTIFIED BY 'x' REQUIRE SSL",
    "GRANT ALL ON shop.* TO 'careful'",
  ]);
});

/** Resolves every name to this machine. */
const resolve: Resolver = async () => [{ address: '127.0.0.1', family: 4 }];

/** Connects and returns the cipher of the connection, which is empty without TLS. */
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

describe('A server that demands TLS is reached', () => {
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
    expect(await cipherOf(demandsTls(), parameters)).not.toBe('');
  });
});

test.each(['', '&sslMode=PREFERRED', '&sslMode=DISABLED', '&useSSL=false'])(
  'a server without TLS is reached without TLS with %j',
  async (parameters) => {
    expect(await cipherOf(withoutTls(), parameters)).toBe('');
  },
);

test('a server that offers TLS is reached with TLS unless sslMode switches it off', async () => {
  expect(await cipherOf(offersTls(), '')).not.toBe('');
  expect(await cipherOf(offersTls(), '&sslMode=DISABLED')).toBe('');
});

/** Writes a file and returns its path. */
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('A refused connection says why and names the cure', () => {
  test.each([
    [
      'the server demands TLS and sslMode is DISABLED',
      demandsTls,
      '&sslMode=DISABLED',
      /demands TLS.*sslMode=REQUIRED/,
    ],
    ['the server demands TLS and useSSL is false', demandsTls, '&useSSL=false', /demands TLS.*sslMode=REQUIRED/],
    [
      'the server offers no TLS and sslMode is REQUIRED',
      withoutTls,
      '&sslMode=REQUIRED',
      /demands TLS and the server offers none/,
    ],
    [
      'the server offers no TLS and sslMode is VERIFY_CA',
      withoutTls,
      '&sslMode=VERIFY_CA',
      /demands TLS and the server offers none/,
    ],
    ['the authority is unknown', offersTls, '&sslMode=VERIFY_CA', /does not verify.*serverSslCert=/],
    [
      'the authority and the host are unknown',
      offersTls,
      '&sslMode=VERIFY_IDENTITY',
      /does not verify.*serverSslCert=/,
    ],
  ])('when %s', async (_case, server, parameters, message) => {
    const error = await cipherOf(server(), parameters).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('check user and password');
  });

  test('when the server demands TLS of the user alone', async () => {
    const address = { ...parseJdbc(offersTls().jdbc('shop')), user: 'careful', password: 'x' };
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

  test('when the certificate is of another host', async () => {
    const parameters = '&sslMode=VERIFY_IDENTITY&serverSslCert=CERTIFICATE';
    const refused = cipherOf(offersTls(), parameters, { host: 'other.test' });
    await expect(refused).rejects.toThrow(/certificate is of another host.*VERIFY_CA/);
    expect(
      await cipherOf(offersTls(), '&sslMode=VERIFY_CA&serverSslCert=CERTIFICATE', { host: 'other.test' }),
    ).not.toBe('');
  });

  test.each([
    ['does not exist', () => join(folder, 'nothing.pem'), 'there is no such file'],
    ['is a folder', () => folder, 'it is no file'],
    ['is a device without an end', () => '/dev/zero', 'it is no file'],
    ['has other text', () => file('text.pem', 'CANARY'), 'it holds no certificate'],
    [
      'has half a certificate',
      () => file('half.pem', '-----BEGIN CERTIFICATE-----\nCANARY\n-----END CERTIFICATE-----'),
      'cannot be read',
    ],
    ['has an unknown scheme', () => 'ftp://host/a.pem', 'ftp: is not known'],
  ])('when the certificate file %s', async (_case, path, message) => {
    const error = await cipherOf(offersTls(), `&serverSslCert=${path()}`).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(message) });
    expect((error as Error).message).toContain('serverSslCert');
    expect((error as Error).message).not.toContain('CANARY');
  });
});

test('a connection with PREFERRED fails when the handshake fails, and does not go on without TLS', async () => {
  // The proxy passes on the server's offer of TLS and answers the handshake with rubbish.
  let connections = 0;
  const proxy = createServer((client) => {
    connections++;
    const target = connectTo(offersTls().port, '127.0.0.1');
    target.on('data', (bytes) => client.write(bytes));
    client.once('data', () => client.write('this is no TLS at all'));
    for (const socket of [client, target]) socket.on('error', () => socket.destroy());
    client.on('close', () => target.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    const { port } = proxy.address() as AddressInfo;
    await expect(cipherOf(offersTls(), '', { port })).rejects.toThrow(/no TLS version in common.*sslMode=DISABLED/);
    expect(connections).toBe(1);
  } finally {
    proxy.close();
  }
});

test('no socket opens when a host name resolves to an address that is refused', async () => {
  const address = { ...parseJdbc(withoutTls().jdbc('shop')), host: 'harmless.example.com' };
  const bad: Resolver = async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '169.254.169.254', family: 4 },
  ];
  await expect(connect(address, { resolve: bad })).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('"harmless.example.com" is refused'),
  });
});
