/** The Python of docs/export.md reads the files that the commands of the page write. */
import { beforeAll, expect, test } from 'vitest';
import { blocksOf, runCommands } from '../helpers/documents.ts';
import { readersPython, readInPython } from '../helpers/python-tools.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const INSTALLATION_MS = 480_000;

const folder = temporaryFolder();
const blocks = blocksOf('docs/export.md');

beforeAll(async () => {
  await readersPython();
  await runCommands(
    blocks.filter(({ language }) => language === 'sh'),
    folder,
  );
}, INSTALLATION_MS);

test('Every block of Python runs, and finds lists of five', async () => {
  const python = blocks.filter(({ language }) => language === 'python');
  expect(python).toHaveLength(2);
  const found = 'import json\nprint(json.dumps([len(best), [len(row) for row in best.values()], top]))';
  const program = [...python.map(({ text }) => text), found].join('\n');
  const [users, lengths, top] = (await readInPython(program, [], folder)) as [number, number[], number[][]];
  expect(users).toBeGreaterThan(10);
  expect(new Set(lengths)).toEqual(new Set([5]));
  expect(top).toHaveLength(5);
  expect(top.map(([, , similarity]) => similarity)).toEqual(
    top.map(([, , similarity]) => similarity).sort((a, b) => b! - a!),
  );
});
