/** A run of tests asks for the servers that its files start, and for no others. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { installMissing } from '../../../localstack/services.ts';
import { importsIn } from '../../helpers/imports.ts';
import { servicesOf } from '../../helpers/services-first.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const testFiles = (pattern: string): string[] => {
  const found = globSync(pattern, { cwd: project }).map((path) => project + path);
  expect(found).not.toEqual([]);
  return found;
};

test.each([
  ['test/unit/lines/*.test.ts', []],
  ['test/contract/{job,store}.test.ts', []],
  ['test/contract/live.test.ts', ['zookeeper']],
  ['test/integration/database.test.ts', ['mariadb']],
  // It starts both through test/helpers/deployed-pipeline.ts.
  ['test/integration/pipeline.test.ts', ['zookeeper', 'mariadb']],
])('%s start %j', (pattern, services) => {
  expect(servicesOf(testFiles(pattern))).toEqual(services);
});

test('every way to import a file is seen, and no import in a comment or in a string', () => {
  const text = `
/**
 * import { a } from './comment.ts';
 */
import { type A, a } from './one.ts';
import type {
  B,
  C,
} from '../two.ts';
import './three.ts';
export { d } from './four.ts';
export * from './five.ts';
import { e } from 'node:fs';
// import { f } from './comment.ts';
const g = await import('./six.ts');
const h: import('./seven.ts').H = createRequire(import.meta.url)('./no.cjs');
const i = require('./eight.cjs');
const j = "import k from './string.ts'";
`;
  const names = ['a/one.ts', 'two.ts', 'a/three.ts', 'a/four.ts', 'a/five.ts', 'a/six.ts', 'a/seven.ts', 'a/eight.cjs'];
  expect(importsIn(text, 'a/b.ts')).toEqual(names);
});

describe('a package that is missing', () => {
  const packagesMissing = (missing: Set<string>) =>
    ['java', 'zookeeper'].map((name) => ({ name, isInstalled: () => !missing.has(name) }));

  test('is installed where that is allowed, and nothing is when all are there', () => {
    const missing = new Set(['zookeeper']);
    const asked: string[][] = [];
    const by = {
      mayInstall: () => true,
      install: (names: readonly string[]) => {
        asked.push([...names]);
        missing.clear();
        return 0;
      },
    };
    installMissing(packagesMissing(missing), by);
    installMissing(packagesMissing(missing), by);
    expect(asked).toEqual([['zookeeper']]);
  });

  test('is named with the command that installs it, where it may not be installed', () => {
    const by = {
      mayInstall: () => false,
      install: () => {
        throw new Error('it must not be called');
      },
    };
    expect(() => installMissing(packagesMissing(new Set(['java', 'zookeeper'])), by)).toThrow(
      'ZooKeeper and MariaDB run from Debian packages, and java and zookeeper must be installed. ' +
        'Run: sudo apt-get install -y --no-install-recommends java zookeeper',
    );
  });

  test('is named when the installation did not bring it', () => {
    const by = { mayInstall: () => true, install: () => 100 };
    expect(() => installMissing(packagesMissing(new Set(['java'])), by)).toThrow(
      'ended with exit status 100, and these are still missing: java',
    );
  });
});

/** `npm test -- <files>` on a machine that has Node and no other program: nothing can be installed there. */
function testRun(...files: string[]) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...files];
  const env = { ...process.env, PATH: temporaryFolder(), NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, vitest, { cwd: project, env, encoding: 'utf8' });
  return { status, words: stdout + stderr };
}

describe('on a machine without the servers', () => {
  test('tests that start none pass', () => {
    const { status, words } = testRun('test/unit/lines/byte-table.test.ts');
    expect(words).toMatch(/^\d+ passed, 0 failed$/m);
    expect(status).toBe(0);
  });

  test('a run with tests that start one ends before the first test and says what to install', () => {
    const { status, words } = testRun('test/unit/lines/byte-table', 'test/unit/activation/zookeeper-faults');
    expect(words).toContain('default-jre-headless must be installed');
    expect(words).toMatch(/^0 passed, 1 failed$/m);
    expect(status).toBe(1);
  });
});
