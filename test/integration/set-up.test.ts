/** The set-up of a clone that its user may only read, and of clones whose set-up fails or is interrupted. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { untilNoneMarked } from '../helpers/processes.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
/** The user who may only read. Root may write anywhere, so when root runs this test the reader is the user `nobody`. */
const READER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * A Node and the files of the dependencies that set-up reads, in folders that every user may read. This checkout may lie in
 * a folder that only its owner may enter.
 */
const forReaders = { node: '', modules: '' };
beforeAll(() => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  forReaders.node = join(folder, 'node');
  cpSync(process.execPath, forReaders.node);
  forReaders.modules = join(folder, 'node_modules');
  mkdirSync(forReaders.modules);
  for (const name of ['.set-up', '.package-lock.json']) {
    cpSync(join(project, 'node_modules', name), join(forReaders.modules, name));
  }
});

/** Makes a clone that is set up. */
function clone(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  for (const path of ['package.json', 'package-lock.json', 'shared/kernels/assembly']) {
    cpSync(join(project, path), join(folder, path), { recursive: true });
  }
  // Folders in `.build` are left out, such as the emulator's, which has hundreds of megabytes.
  mkdirSync(join(folder, '.build'));
  for (const entry of readdirSync(join(project, '.build'), { withFileTypes: true }).filter((each) => each.isFile())) {
    cpSync(join(project, '.build', entry.name), join(folder, '.build', entry.name));
  }
  mkdirSync(join(folder, 'cli'));
  for (const name of readdirSync(join(project, 'cli')).filter((file) => file.endsWith('.cjs'))) {
    cpSync(join(project, 'cli', name), join(folder, 'cli', name));
  }
  symlinkSync(forReaders.modules, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'cli', 'hello.mjs'), 'console.log("hello", ...process.argv.slice(2));');
  return folder;
}

function launchAsReader(folder: string) {
  const readOnly = [folder, join(folder, '.build')].filter((path) => existsSync(path));
  for (const path of readOnly) chmodSync(path, 0o555);
  const args = [join(folder, 'cli/launch.cjs'), 'cli/hello.mjs', 'a', 'b'];
  const ended = spawnSync(forReaders.node, args, { ...READER, encoding: 'utf8' });
  for (const path of readOnly) chmodSync(path, 0o755);
  return ended;
}

describe('A clone that its user may only read', () => {
  test('is used without a message when another user has set it up', () => {
    const { status, stdout, stderr } = launchAsReader(clone());
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'hello a b\n', stderr: '' });
  });

  test.each([
    [
      'the kernels are not built',
      (folder: string) => rmSync(join(folder, '.build'), { recursive: true }),
      'the kernels',
    ],
    ['nothing is installed', (folder: string) => rmSync(join(folder, 'node_modules')), 'the dependencies'],
  ])('gives one sentence with the cure and no stack when %s', (_case, remove, missing) => {
    const folder = clone();
    remove(folder);
    const { status, stdout, stderr } = launchAsReader(folder);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^set-up: ${missing} must be installed first, and ${folder} cannot be written to \\(EACCES\\): run 'npm run build' .*\n$`,
      ),
    );
  });
});

test('an installation that removes the Node that runs it installs that Node again', () => {
  const folder = clone();
  const modules = join(folder, 'node_modules');
  rmSync(modules);
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(join(project, 'node_modules', 'assemblyscript'), join(modules, 'assemblyscript'));
  const node = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  const kept = join(folder, 'kept-node');
  cpSync(forReaders.node, kept);
  mkdirSync(join(node, '..'), { recursive: true });
  linkSync(kept, node);
  // This npm does as the real one: `ci` removes packages that the lock file does not name, and `install` adds the package.
  const npm = `#!/bin/sh
case "$1" in
  ci) rm ${node} ;;
  install) ln ${kept} ${node} && ln -s ${node} ${join(modules, '.bin', 'node')} ;;
esac
`;
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'npm'), npm, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(node, [join(folder, 'cli/launch.cjs'), 'cli/hello.mjs', 'a', 'b'], {
    env: { PATH: `${tools}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello a b\n' });
  expect(stderr).toContain('installing the dependencies removed this Node');
});

test('a signal during set-up ends the processes that set-up started and removes its lock', async () => {
  const folder = clone();
  rmSync(join(folder, 'node_modules'));
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  // This npm installs for ever.
  writeFileSync(join(tools, 'npm'), '#!/bin/sh\necho installing >&2\nexec sleep 600\n', { mode: 0o755 });
  const launcher = spawn(process.execPath, [join(folder, 'cli/launch.cjs'), 'cli/hello.mjs'], {
    env: { PATH: `${tools}:${process.env.PATH}`, TEST_OF_SET_UP: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const text of launcher.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    if ((text as string).includes('installing\n')) break;
  }
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([null, 'SIGTERM']);
  await untilNoneMarked('TEST_OF_SET_UP', folder);
  expect(existsSync(join(folder, '.set-up.lock'))).toBe(false);
});
