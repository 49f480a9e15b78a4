/** `docs/architecture.md`: the product gives its example, and the folders and imports that it names are right. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterByDimension } from '../../functions/cluster-by-dimension/job.ts';
import { type Kind, nextRecord, TEXT } from '../../functions/group-actions/core-records.ts';
import { groupActions } from '../../functions/group-actions/job.ts';
import { readRecords } from '../../functions/group-actions/stored-records.ts';
import { doublesIn, integersIn } from '../../shared/columns/bytes.ts';
import { narrowIn } from '../../shared/columns/narrow.ts';
import { readAllRuns } from '../../shared/shuffle/runs.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { openSegments, type SegmentFile } from '../../shared/store/segments.ts';
import { blocksOf, PROJECT, proseOf, runCommands, textOf } from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const PAGE = 'docs/architecture.md';
const blocks = blocksOf(PAGE);
/** The objects that the page shows, each with its key and its lines. */
const objects = blocks
  .filter(({ language, text }) => language === 'text' && /^(models|config)\//.test(text))
  .map(({ text }) => ({ key: text.split('\n')[0]!, shown: text.split('\n').slice(1) }));

const row = (name: string, values: Iterable<unknown> | string): string =>
  `${name} ${typeof values === 'string' ? values : [...values].join(' ')}`;

/** Replaces runs of spaces by one space, because the page aligns its columns. */
const inOneSpace = (lines: readonly string[]): string[] => lines.map((line) => line.replaceAll(/ {2,}/g, ' '));

async function records(file: SegmentFile): Promise<string[]> {
  const lines: string[] = [];
  for (const kind of ['action', 'pending', 'sighting'] satisfies Kind[]) {
    const read = await readRecords(file, 'shop', kind, 0, 1);
    if (read === undefined) continue;
    for (let at = 0; at < read.view.byteLength; at = nextRecord(read.view, at)) {
      const [user, , item, type] = [0, 8, 16, 24].map((field) => read.view.getFloat64(at + field, true));
      const texts = read.bytes
        .toString('utf8', at + TEXT, nextRecord(read.view, at))
        .trimEnd()
        .split('\n')
        .join(' ');
      lines.push(`shop/${kind} user ${user} ${kind === 'sighting' ? '' : `item ${item} type ${type} `}${texts}`);
    }
  }
  return lines;
}

async function collected(file: SegmentFile): Promise<string[]> {
  const [runs, ...others] = await readAllRuns([file], { from: 0, to: 1 });
  expect(others).toEqual([]);
  return [row('users', runs!.ids), row('starts', runs!.starts), row('items', runs!.columns.get('items')!)];
}

async function counted(file: SegmentFile): Promise<string[]> {
  const starts = integersIn(await file.read('starts'));
  const narrow = async (name: string, count: number) => row(name, narrowIn(await file.read(name), count));
  return [
    row('users', doublesIn(await file.read('users'))),
    row('starts', starts),
    await narrow('tagged', starts.length - 1),
    await narrow('features', starts.at(-1)!),
    await narrow('counts', starts.at(-1)!),
  ];
}

const columns =
  (sections: Readonly<Record<string, 'doubles' | 'integers' | 'text'>>, withMeta = false) =>
  async (file: SegmentFile): Promise<string[]> => {
    const lines: string[] = [];
    for (const [name, kind] of Object.entries(sections)) {
      const bytes = await file.read(name);
      if (kind === 'text') lines.push(row(name, Buffer.from(bytes).toString('utf8')));
      else lines.push(row(name, kind === 'doubles' ? doublesIn(bytes) : integersIn(bytes)));
    }
    return withMeta ? [...lines, row('meta', JSON.stringify(file.meta))] : lines;
  };

/** The end of a key → the function that shows such an object of a work area as text. */
const READERS: Readonly<Record<string, (file: SegmentFile) => Promise<string[]>>> = {
  'scan/00000': records,
  'repair/00000': records,
  'snapshots/catalogue': columns({ items: 'doubles', offsets: 'integers', features: 'integers', labels: 'text' }),
  'collect/00000': collected,
  'count/00000': counted,
  'total/00000': columns({ counts: 'doubles' }, true),
  'select/00000': columns({
    users: 'doubles',
    starts: 'integers',
    features: 'integers',
    weights: 'doubles',
    sizes: 'integers',
  }),
};

describe('The example', () => {
  let folder: string;
  /** Job → the id of its run. */
  const runs = new Map<string, string>();

  beforeAll(async () => {
    const clone = temporaryFolder();
    await runCommands(
      blocks.filter(({ language }) => language === 'sh'),
      clone,
    );
    folder = join(clone, '.build/example');
    for (const path of globSync('models/.work/*/*/*/usage.json', { cwd: folder })) {
      const [, , job, , run] = path.split('/');
      runs.set(job!, run!);
    }
  }, 180_000);

  /** Replaces the folder and the run's id by the `<folder>` and `<run>` of the page. */
  const onPage = (text: string): string =>
    text.replaceAll(folder, '<folder>').replaceAll(runs.get('cluster-by-dimension')!, '<run>');

  async function linesOf(shownKey: string): Promise<string[]> {
    const job = /\.work\/([^/]+)/.exec(shownKey)?.[1] ?? 'cluster-by-dimension';
    const key = shownKey.replace('<run>', runs.get(job)!);
    const [, end] = /([^/]+\/[^/]+)$/.exec(key)!;
    const reader = key.includes('/.work/') ? READERS[end!] : undefined;
    if (reader === undefined) {
      const text = readFileSync(join(folder, key), 'utf8');
      return onPage(text).trimEnd().split('\n');
    }
    const damaged = async (why: string) => new Error(`${key}: ${why}`);
    return reader(await openSegments(await openStore(folder), key, damaged));
  }

  test.each(objects.filter(({ key }) => !key.endsWith('.json')))(
    'has the lines of $key that the page shows',
    async (object) => {
      expect(inOneSpace(object.shown), `${PAGE} shows other lines than the product writes`).toEqual(
        inOneSpace(await linesOf(object.key)),
      );
    },
  );

  test('has the verdict that the page shows', async () => {
    const { key, shown } = objects.find((object) => object.key.endsWith('/verdict.json'))!;
    const { checks } = JSON.parse((await linesOf(key)).join('')) as { checks: Record<string, string>[] };
    expect(inOneSpace(shown)).toEqual(checks.map(({ check, verdict, says }) => `${check} ${verdict} ${says}`));
  });

  test('has a paragraph for every step of both jobs, in their order', () => {
    const steps = [groupActions, clusterByDimension].map(({ steps }) => steps.map(({ name }) => name));
    const named = [...proseOf(PAGE).matchAll(/\*\*([a-z]+)\*\* /g)].map(([, name]) => name);
    const states = [...steps[0]!, 'publish', 'configure', ...steps[1]!, 'verdict', 'publish', 'activate'];
    expect(named.filter((name) => states.includes(name!))).toEqual(states);
  });

  test('has right arithmetic', () => {
    const spans = [...proseOf(PAGE).matchAll(/`([\d./+ ]+) (=|>|<=) ([\d./+ ]+)`/g)];
    expect(spans.length).toBeGreaterThan(4);
    const value = (text: string): number =>
      text.split(' + ').reduce(
        (sum, term) =>
          sum +
          term
            .split(' / ')
            .map(Number)
            .reduce((a, b) => a / b),
        0,
      );
    for (const [span, left, sign, right] of spans) {
      const [a, b] = [value(left!), value(right!)];
      expect(sign === '=' ? a === b : sign === '>' ? a > b : a <= b, span).toBe(true);
    }
  });
});

test('every folder that the page names exists, and the page names every folder of `shared`', () => {
  const named = [...proseOf(PAGE).matchAll(/`((?:shared|functions|infra|cli|localstack|test)\/[^`<]*)`/g)];
  for (const [, path] of named) expect(existsSync(PROJECT + path), path).toBe(true);
  const parts = readdirSync(`${PROJECT}shared`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const missing = parts.map(({ name }) => `shared/${name}/`).filter((path) => !named.some(([, own]) => own === path));
  expect(missing, `${PAGE} does not say what is found in these folders`).toEqual([]);
});

test('each room imports exactly the rooms that the page allows', () => {
  const rows = textOf(PAGE).matchAll(/^\| `(\w+)\/` \| .* \| (.+) \|$/gm);
  const allowed = new Map(
    [...rows].map(([, room, rooms]) => [room!, [...rooms!.matchAll(/`(\w+)`/g)].map(([, name]) => name)]),
  );
  expect([...allowed.keys()]).toEqual(['shared', 'functions', 'infra', 'cli', 'localstack', 'test']);
  for (const [room, rooms] of allowed) {
    const imported = new Set(
      globSync(`${room}/**/*.{ts,mjs,cjs}`, { cwd: PROJECT }).flatMap((file) =>
        [...textOf(file).matchAll(/(?:from |import\(|require\()'(\.[^']+)'/g)]
          .map(([, path]) => join(file, '..', path!).split('/')[0]!)
          .filter((other) => other !== room && allowed.has(other)),
      ),
    );
    // The tests may import all other rooms, and they do.
    if (room === 'test') expect(imported.size).toBe(allowed.size - 1);
    else expect([...imported].sort(), `what ${room}/ imports`).toEqual(rooms.sort());
  }
});
