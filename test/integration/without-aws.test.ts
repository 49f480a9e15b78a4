/** What docs/without-aws.md promises and the test of documents cannot run: the command `offline`, the units and the image. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, PROJECT, textOf } from '../helpers/documents.ts';
import { sourceFiles, sourceText } from '../helpers/source-files.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

describe('The command offline', () => {
  const BIN = `${PROJECT}cli/offline.cjs`;

  test('runs by a link as npm makes it, from any folder, and reads paths from the folder of its caller', () => {
    const folder = temporaryFolder();
    symlinkSync(BIN, join(folder, 'offline'));
    mkdirSync(join(folder, 'models'));
    const ended = spawnSync(join(folder, 'offline'), ['status', '--output-path', 'models'], {
      cwd: folder,
      encoding: 'utf8',
      // A script of another project may have called it.
      env: { ...process.env, INIT_CWD: '/' },
    });
    expect(ended.stdout).toContain(`nothing is published under ${join(folder, 'models')}`);
    expect(ended.status).toBe(0);
  });

  test('says what to do when it is a copy in node_modules', () => {
    const copy = join(temporaryFolder(), 'node_modules/offline-models/cli');
    cpSync(BIN, join(copy, 'offline.cjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(copy, 'offline.cjs'), 'jobs'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('npm link')]);
  });

  test('is the bin of the package, and may be executed', () => {
    const { bin } = JSON.parse(textOf('package.json'));
    expect(bin).toEqual({ offline: 'cli/offline.cjs' });
    // npm makes it executable when it links it, and git keeps the mode.
    expect(statSync(BIN).mode & 0o111).toBe(0o111);
    expect(textOf('cli/offline.cjs')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe('The units of systemd', () => {
  const units = blocksOf('docs/without-aws.md').flatMap(({ text }) => {
    const [, name] = /^# \/etc\/systemd\/system\/(\S+)\n/.exec(text) ?? [];
    return name === undefined ? [] : [{ name, text }];
  });
  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

  // Other systems have no systemd.
  test.runIf(hasSystemd)('are accepted by systemd-analyze', () => {
    expect(units.map(({ name }) => name)).toEqual(['offline-daily.service', 'offline-daily.timer']);
    const folder = temporaryFolder();
    for (const { name, text } of units) writeFileSync(join(folder, name), text);
    const paths = units.map(({ name }) => join(folder, name));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('The image', () => {
  const lines = textOf('cli/Dockerfile').split('\n');
  const sources = lines.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);

  test('is made of files that exist and that the builder is sent', () => {
    expect(sources).toContain('cli');
    expect(sources.filter((source) => !existsSync(PROJECT + source))).toEqual([]);
    const sent = textOf('cli/Dockerfile.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    expect(sources.filter((source) => !sent.some((pattern) => matchesGlob(source, pattern)))).toEqual([]);
  });

  test('has every package that its programs import', () => {
    const { dependencies } = JSON.parse(textOf('package.json'));
    const imported = ['cli', 'functions', 'shared']
      .flatMap(sourceFiles)
      .flatMap((path) =>
        [...sourceText(path).matchAll(/^(?:import|export) (?!type )[^;]*?from '([^'.][^']*)'/gm)].map(
          ([, name]) => name!,
        ),
      );
    const packages = new Set(
      imported.filter((name) => !name.startsWith('node:')).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]),
    );
    expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
    expect(packages.size).toBeGreaterThan(5);
  });

  test('runs its program from the folders that it has, and reads paths from its working folder', () => {
    const [app, data] = [join(temporaryFolder(), 'app'), temporaryFolder()];
    for (const source of sources) cpSync(PROJECT + source, join(app, source), { recursive: true });
    symlinkSync(`${PROJECT}node_modules`, join(app, 'node_modules'));
    symlinkSync(`${PROJECT}.build`, join(app, '.build'));
    const [, entry] = /^ENTRYPOINT \["node", "\/app\/(.+)"\]$/m.exec(lines.join('\n'))!;
    const { INIT_CWD: _, ...env } = process.env;
    const args = [join(app, entry!), 'status', '--output-path', 'models'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: data, encoding: 'utf8', env });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(join(data, 'models'));
  });
});
