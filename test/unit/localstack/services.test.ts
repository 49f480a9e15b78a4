/** Tests that a run of tests starts the servers that its files need, and no others. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { installMissing } from '../../../localstack/services.ts';
import { importsIn } from '../../helpers/imports.ts';
import { LONGEST, longestFirst, servicesOf } from '../../helpers/services-first.ts';
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
  ['test/integration/report-page.test.ts', ['chromium']],
  // This file starts both through test/helpers/deployed-pipeline.ts.
  ['test/integration/pipeline.test.ts', ['zookeeper', 'mariadb']],
])('The tests %s start %j', (pattern, services) => {
  expect(servicesOf(testFiles(pattern))).toEqual(services);
});

test('The files that take longest come first, and the others keep their order', () => {
  for (const path of LONGEST) expect(testFiles(path)).toHaveLength(1);
  const inOrder = (paths: readonly string[]) =>
    longestFirst(paths.map((path) => ({ moduleId: project + path }))).map(({ moduleId }) =>
      moduleId.slice(project.length),
    );
  const others = ['test/unit/b.test.ts', 'test/unit/a.test.ts'];
  expect(inOrder([...others, ...LONGEST.toReversed()])).toEqual([...LONGEST, ...others]);
});

test('Every kind of import is found, except imports in comments and strings', () => {
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

describe('missing packages', () => {
  const packagesMissing = (missing: Set<string>) =>
    ['java', 'zookeeper'].map((name) => ({ name, isInstalled: () => !missing.has(name) }));

  test('A missing package is installed when this is allowed, and nothing is installed when none is missing', () => {
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

  test('A missing package that may not be installed is named with the command that installs it', () => {
    const by = {
      mayInstall: () => false,
      install: () => {
        throw new Error('it must not be called');
      },
    };
    expect(() => installMissing(packagesMissing(new Set(['java', 'zookeeper'])), by)).toThrow(
      'ZooKeeper, MariaDB and Chromium run from Debian packages, and java and zookeeper must be installed. ' +
        'Run: sudo apt-get install -y --no-install-recommends java zookeeper',
    );
  });

  test('A package that is still missing after the installation is named', () => {
    const by = { mayInstall: () => true, install: () => 100 };
    expect(() => installMissing(packagesMissing(new Set(['java'])), by)).toThrow(
      'ended with exit status 100, and these are still missing: java',
    );
  });
});

/** Runs `npm test -- <files>` on a machine that has only Node, where nothing can be installed. */
function testRun(...files: string[]) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...files];
  const env = { ...process.env, PATH: temporaryFolder(), NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, vitest, { cwd: project, env, encoding: 'utf8' });
  return { status, words: stdout + stderr };
}

describe('a machine without the servers', () => {
  test('Tests that start no server pass', () => {
    const { status, words } = testRun('test/unit/lines/byte-table.test.ts');
    expect(words).toMatch(/^\d+ passed, 0 failed$/m);
    expect(status).toBe(0);
  });

  test('A run whose tests start a server ends before the first test and says what to install', () => {
    const { status, words } = testRun('test/unit/lines/byte-table', 'test/unit/activation/zookeeper-faults');
    expect(words).toContain('default-jre-headless must be installed');
    expect(words).toMatch(/^0 passed, 1 failed$/m);
    expect(status).toBe(1);
  });
});
