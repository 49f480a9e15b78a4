/**
 * `npm run localstack`: runs the whole pipeline on this machine until Ctrl-C, for a developer. It starts LocalStack, deploys
 * the `dev` stack and configures a client. In host mode it also starts ZooKeeper and MariaDB, for experiments with them.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SetUpError } from '../shared/errors.ts';
import { openStore } from '../shared/store/open-store.ts';
import { deploy, type StackOutputs } from './deploy.ts';
import type { Emulator } from './emulator.ts';
import { startMariaDb } from './mariadb.ts';
import { CLIENT, DEVELOPER_PORT, ENVIRONMENT, RUNNING, seedConfiguration } from './seed.ts';
import { installMissing, packagesOf } from './services.ts';
import { startEmulator } from './start-emulator.ts';
import { startZooKeeper } from './zookeeper.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

try {
  await run();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const interrupted = new Promise<undefined>((resolve) => {
    // Ctrl-C may arrive twice, from the terminal and from npm. The second signal must not interrupt the stopping of the servers.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(undefined));
  });
  await using started = new AsyncDisposableStack();
  say('Starting LocalStack …');
  const emulator = await startEmulator({ port: DEVELOPER_PORT });
  started.defer(() => emulator.stop());
  Object.assign(process.env, emulator.env);
  const services = emulator.mode === 'host' ? await startServices(started) : [];

  say(`Deploying the stack of environment '${ENVIRONMENT}' (a minute) …`);
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  const deployed = deploy(emulator, { environment: ENVIRONMENT, settings: context.environments[ENVIRONMENT] });
  const outputs = await Promise.race([deployed, interrupted]);
  if (outputs !== undefined) {
    await seedConfiguration(await openStore(outputs.ConfigRoot), await openStore(outputs.OutputRoot));
    writeFileSync(RUNNING, JSON.stringify({ env: emulator.env, outputs }));
    started.defer(() => rmSync(RUNNING, { force: true }));
    say(welcome(emulator, outputs, services));
    await interrupted;
  }
  say('\nStopping …');
}

async function startServices(started: AsyncDisposableStack): Promise<string[]> {
  installMissing(packagesOf(['zookeeper', 'mariadb']));
  const zookeeper = await startZooKeeper();
  started.defer(() => zookeeper.stop());
  const mariadb = await startMariaDb();
  started.defer(() => mariadb.stop());
  const jdbc = await mariadb.create('catalogue');
  return [`ZooKeeper  --zookeeper ${zookeeper.hosts}`, `MariaDB    --set 'jdbc=${jdbc}'`];
}

function welcome(emulator: Emulator, outputs: StackOutputs, services: readonly string[]): string {
  return [
    `\nThe pipeline runs on ${emulator.endpoint}, with all its data in memory. Ctrl-C ends it.\n`,
    `In another terminal, add a day of ${CLIENT} (any day of test/data/onlineretail/logs):`,
    '  npm run --silent localstack:day -- 2011-12-08\n',
    'Watch the day with the commands for a pipeline on AWS:',
    ...Object.entries(emulator.env).map(([name, value]) => `  export ${name}=${value}`),
    `  npm run --silent offline -- status --env ${ENVIRONMENT} --start-day 15316\n`,
    `logs       ${outputs.LogRoot}`,
    `models     ${outputs.OutputRoot}`,
    `settings   ${outputs.ConfigRoot}`,
    ...services,
    ...(emulator.logPath === undefined ? [] : [`its log    ${emulator.logPath}`]),
  ].join('\n');
}
