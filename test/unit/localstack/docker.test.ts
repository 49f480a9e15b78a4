/**
 * Tests the Docker mode without a daemon: compose.yaml agrees with host mode, and `docker` gets the right commands,
 * recorded by a script in its place.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dockerAnswers, startInDocker } from '../../../localstack/docker.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const FOLDER = new URL('../../../localstack/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
const compose = read('compose.yaml');
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, group]) => group as string);

describe('compose.yaml', () => {
  test('Every image is pinned by tag and digest', () => {
    const images = found(compose, /^ {4}image: (.*)$/gm);
    expect(images.length).toBe(3);
    for (const image of images) expect(image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
  });

  test('Ports are opened on this machine only, and each can be chosen', () => {
    const ports = found(compose, /^ {6}- (.*:\d+)$/gm);
    expect(ports.length).toBe(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1$/);
  });

  test('The mounted files exist', () => {
    const mounted = found(compose, /^ {6}- \.\/([^:]*):/gm);
    expect(mounted).toEqual(['image/repair.py', 'host/node_process_executor']);
    for (const name of mounted) expect(existsSync(new URL(name, FOLDER))).toBe(true);
  });

  test.each(['SQS_ENDPOINT_STRATEGY', 'LAMBDA_KEEPALIVE_MS', 'LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT', 'DISABLE_EVENTS'])(
    'The setting %s has the value of host mode',
    (name) => {
      const [inHostMode] = found(read('host-process.ts'), new RegExp(`^ +${name}: '(.*)',$`, 'gm'));
      expect(found(compose, new RegExp(`^ +${name}: '?([^'\n]*)'?$`, 'gm'))).toEqual([inHostMode]);
    },
  );
});

test('The image gets every repair of host mode except those of its own processes, ports and files', () => {
  const repairs = (text: string) => found(text, /^ {4}((?:repairs|step_functions)\.\w+)\(/gm);
  const ofTheMachine = ['listen_on_loopback_only', 'limit_processes_per_function', 'keep_objects_in'];
  const inHostMode = repairs(read('host/node_process_executor/plugins.py'));
  expect(repairs(read('image/repair.py'))).toEqual(
    inHostMode.filter((name) => !ofTheMachine.includes(name.replace('repairs.', ''))),
  );
  expect(inHostMode.length).toBe(8);
});

describe('commands for docker', () => {
  const path = process.env.PATH;
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  /** Creates a `docker` that records its arguments and then does `answers`. */
  const installFakeDocker = (answers: string) => {
    const script = join(folder, 'docker');
    writeFileSync(script, `#!/bin/sh\necho "$LOCALSTACK_PORT $*" >> ${folder}/commands\n${answers}\n`);
    chmodSync(script, 0o755);
  };
  const recordedCommands = (): string[] => readFileSync(join(folder, 'commands'), 'utf8').trim().split('\n');

  test('The emulator is started alone as a project of its own, and is removed completely', async () => {
    installFakeDocker('exit 0');
    const emulator = await startInDocker({ port: 23_456 });
    expect(emulator).toMatchObject({ mode: 'docker', endpoint: 'http://127.0.0.1:23456' });
    await emulator.stop();
    const project = `23456 compose --file ${new URL('compose.yaml', FOLDER).pathname} --project-name emulator-23456`;
    expect(recordedCommands().slice(1)).toEqual([
      `${project} up --detach --wait localstack`,
      `${project} down --volumes --remove-orphans`,
    ]);
  });

  test('A container that does not become healthy is removed, and the error shows the output of compose', async () => {
    installFakeDocker('case "$*" in *" up "*) echo "container is unhealthy" >&2; exit 1;; esac');
    await expect(startInDocker({ port: 23_456 })).rejects.toMatchObject({
      name: 'SetUpError',
      message: expect.stringMatching(/^'docker compose .* up .*' failed:\ncontainer is unhealthy/),
    });
    expect(recordedCommands().at(-1)).toMatch(/ down --volumes/);
  });

  test('A missing daemon is reported at once with a cure', async () => {
    installFakeDocker('exit 1');
    expect(dockerAnswers()).toBe(false);
    await expect(startInDocker({})).rejects.toThrow("'docker info' fails: start Docker, or unset LOCALSTACK");
  });
});
