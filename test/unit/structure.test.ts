/**
 * Tests the source tree: which room may import which, that modules form no circles, that core modules are pure, and how long a
 * module may be.
 */
import { describe, expect, test } from 'vitest';
import { circlesIn, importGraph, sourceFiles, sourceText } from '../helpers/source-files.ts';

interface Room {
  readonly name: string;
  /** Matches the paths of its files. A file belongs to the first room whose pattern it matches. */
  readonly files: RegExp;
  readonly mayImport: readonly string[];
  readonly why: string;
}

const ROOMS: readonly Room[] = [
  {
    name: 'shared',
    files: /^shared\//,
    mayImport: [],
    why: 'It knows no job by name, so every job, the command line and the deployment can use it.',
  },
  {
    name: 'the arrival of a day',
    files: /^functions\/day-arrival\//,
    mayImport: ['shared', 'the registry', 'group-actions'],
    why: 'It starts all jobs of a day, once the logs that group-actions reads are complete.',
  },
  {
    name: 'a scorer',
    files: /^functions\/[^/]+\/scorer\.ts$/,
    mayImport: ['shared', 'matrix-factorization'],
    why: 'It is the part of a job that evaluate uses: how a published model ranks items.',
  },
  {
    name: 'evaluate',
    files: /^functions\/evaluate\//,
    mayImport: ['shared', 'a scorer', 'matrix-factorization'],
    why: 'It judges the models of other jobs by their scorers, with the weightings that matrix-factorization has.',
  },
  {
    name: 'group-actions',
    files: /^functions\/group-actions\//,
    mayImport: ['shared'],
    why: 'It is a job as the others are; it has a name here because a day begins with it.',
  },
  {
    name: 'matrix-factorization',
    files: /^functions\/matrix-factorization\//,
    mayImport: ['shared', 'a scorer'],
    why: 'It is a job as the others are; it has a name here because the demonstration evaluates its models.',
  },
  {
    name: 'a job',
    files: /^functions\/[^/]+\//,
    mayImport: ['shared', 'a scorer'],
    why: 'Jobs meet in stored objects only, so a job can be changed, deployed and removed without the others.',
  },
  {
    name: 'the registry',
    files: /^functions\/[^/]+\.ts$/,
    mayImport: ['shared', 'a job', 'evaluate', 'group-actions', 'matrix-factorization'],
    why: 'It is the one list of all jobs, for those who need all of them.',
  },
  {
    name: 'infra',
    files: /^infra\//,
    mayImport: ['shared', 'the registry', 'the arrival of a day'],
    why: 'It deploys what the jobs declare, and knows none of them.',
  },
  {
    name: 'localstack',
    files: /^localstack\//,
    mayImport: ['shared', 'the registry', 'infra'],
    why: 'It deploys the stack of infra to an AWS on this machine.',
  },
  {
    name: 'cli',
    files: /^cli\//,
    mayImport: ['shared', 'the registry', 'the arrival of a day', 'group-actions', 'matrix-factorization'],
    why: 'It runs jobs here or on AWS without the CDK; group-actions has a command of its own.',
  },
];

/** The folders of the product. Tests may import everything, and nothing imports them. */
const PRODUCT = ['shared', 'functions', 'infra', 'cli', 'localstack'];
const productFiles = PRODUCT.flatMap(sourceFiles);
const testFiles = sourceFiles('test');
const graph = importGraph([...productFiles, ...testFiles]);

const roomOf = (path: string): Room | undefined => ROOMS.find(({ files }) => files.test(path));

describe('rooms', () => {
  test('Every file of the product is in a room, and every room has files', () => {
    expect(productFiles.filter((path) => roomOf(path) === undefined)).toEqual([]);
    for (const room of ROOMS) expect(productFiles.map(roomOf), room.name).toContain(room);
  });

  test.each(ROOMS)(
    '$name imports from the rooms of its list, and from every one of them',
    ({ name, files, mayImport, why }) => {
      const met = new Set<string>();
      const forbidden: string[] = [];
      for (const path of productFiles.filter((file) => roomOf(file)?.files === files)) {
        for (const imported of graph.get(path)!) {
          const room = roomOf(imported)?.name ?? 'no room of the product';
          const isOwn = room === name && (name !== 'a job' || folderOf(imported) === folderOf(path));
          if (isOwn) continue;
          met.add(room);
          if (!mayImport.includes(room)) forbidden.push(`${path} imports ${imported}`);
        }
      }
      expect(forbidden, why).toEqual([]);
      // A room that is no longer imported must leave the list.
      expect([...met].sort()).toEqual([...mayImport].sort());
    },
  );

  test('The table of docs/architecture.md allows the same imports', () => {
    const page = new Map(
      [...sourceText('docs/architecture.md').matchAll(/^\| `(\w+)\/` \|[^|]*\| ([^|]*) \|$/gm)].map(
        ([, room, cell]) => [room!, [...cell!.matchAll(/`(\w+)`/g)].map(([, other]) => other!).sort()],
      ),
    );
    const folder = (path: string): string => path.split('/')[0]!;
    for (const room of PRODUCT) {
      const paths = productFiles.filter((path) => folder(path) === room);
      const imported = new Set(paths.flatMap((path) => graph.get(path)!.map(folder)));
      imported.delete(room);
      expect(page.get(room), `what ${room} may import`).toEqual([...imported].sort());
    }
  });
});

/** Returns the folder of a job's file, such as `functions/word2vec`. */
const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');

describe('circles', () => {
  test('No modules import each other, not even for types', () => {
    const cure = 'these modules import each other: move what both need into a module that imports neither of them';
    expect(circlesIn(graph), cure).toEqual([]);
  });

  test('Circles of any length are found, and two paths to one module are not a circle', () => {
    const of = (lines: Readonly<Record<string, string>>) =>
      circlesIn(new Map(Object.entries(lines).map(([file, imported]) => [file, imported.split('')])));
    expect(of({ a: 'bc', b: 'd', c: 'd', d: '' })).toEqual([]);
    expect(of({ a: 'b', b: 'c', c: 'a', d: 'ad', e: 'f', f: 'e' })).toEqual([['a', 'b', 'c'], ['d'], ['e', 'f']]);
  });
});

describe('core modules', () => {
  /** The only import from `shared/store` is a type of data. */
  const DATA_TYPE = /^import type \{ ObjectInfo \} from '[./]*shared\/store\/store\.ts';$/gm;

  /** Pattern → what a core module must not do. Hashes are the only part of Node's modules that a pure function may use. */
  const IMPURE: readonly (readonly [RegExp, string])[] = [
    [/from '(?!\.|node:crypto')[^']+'|import '[^']+'|\bimport\(/, 'imports a package or a module of Node'],
    [/from '[^']*\/(store|mysql|live)\/[^']+'/, 'imports a store or a database'],
    [/^import (?!type )[^;]* from '[^']*\/steps[^/']*'/m, 'imports the code of a step'],
    [/\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bset(Timeout|Interval|Immediate)\b/, 'reads the clock'],
    [/\bprocess\./, 'reads the process or its environment'],
    [/\bMath\.random\b|\brandom(Bytes|Int|UUID)\b|\bgetRandomValues\b/, 'draws a random number without a seed'],
    [/\bfetch\(|\bconsole\./, 'reads the network or writes to the terminal'],
  ];

  /** Returns what is impure in the text of a module, without its comments. */
  const impurities = (text: string): string[] => {
    const code = text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm, '').replace(DATA_TYPE, '');
    return IMPURE.flatMap(([pattern, what]) => (pattern.test(code) ? [what] : []));
  };

  test('A core module has no I/O, clock, environment or chance', () => {
    const cores = [...productFiles, ...testFiles].filter((path) =>
      /^(functions|test\/new-job)\/.*\bcore[^/]*\.ts$/.test(path),
    );
    expect(cores.length).toBeGreaterThan(30);
    const found = cores.flatMap((path) => impurities(sourceText(path)).map((what) => `${path} ${what}`));
    expect(found, 'a core module computes only: let a step do this, and pass the result as an argument').toEqual([]);
  });

  test.each([
    ["import { readFileSync } from 'node:fs';", 'imports a package or a module of Node'],
    ["import { sdk } from '@aws-sdk/client-s3';", 'imports a package or a module of Node'],
    ["const fs = await import('node:fs');", 'imports a package or a module of Node'],
    ["import type { Store } from '../../shared/store/store.ts';", 'imports a store or a database'],
    ["import { pair } from './steps-pair.ts';", 'imports the code of a step'],
    ['const now = Date.now();', 'reads the clock'],
    ['const now = new Date();', 'reads the clock'],
    ['const home = process.env.HOME;', 'reads the process or its environment'],
    ['const draw = Math.random();', 'draws a random number without a seed'],
    ['console.log(1);', 'reads the network or writes to the terminal'],
  ])('`%s` is refused in a core module', (line, what) => expect(impurities(line)).toEqual([what]));

  test('Hashes, computed times and comments are allowed in a core module', () => {
    const text =
      "import { createHash } from 'node:crypto';\n/** Not Math.random(). */\nconst at = new Date(0).getTime();\n";
    expect(impurities(text)).toEqual([]);
  });
});

describe('sizes', () => {
  const MOST_LINES = 300;
  const MEDIAN_BELOW = 80;

  const sizes = productFiles.map((path) => ({ path, lines: sourceText(path).split('\n').length - 1 }));

  test(`No module of the product has more than ${MOST_LINES} lines`, () => {
    const long = sizes.filter(({ lines }) => lines > MOST_LINES).map(({ path }) => path);
    expect(long, `these modules have more than ${MOST_LINES} lines: divide each by its topics`).toEqual([]);
  });

  test(`Half of the modules have fewer than ${MEDIAN_BELOW} lines`, () => {
    const lines = sizes.map((size) => size.lines).sort((a, b) => a - b);
    const cure = 'the median length of the modules is too large: divide the modules that have several topics';
    expect(lines[Math.floor(lines.length / 2)], cure).toBeLessThan(MEDIAN_BELOW);
  });
});
