import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flameGraph } from '../../benchmark/flame-graph.ts';
import { heaviest, readProfiles } from '../../benchmark/profile.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder();

const node = (id: number, functionName: string, children: readonly number[] = []) => ({
  id,
  children,
  callFrame: { functionName, url: functionName === '(idle)' ? '' : 'node:somewhere', lineNumber: 4 },
});

/** main calls read (1 s) and parse (2 s), which calls read (3 s). The thread waits for 5 s. */
const THREAD = {
  nodes: [
    node(1, '(root)', [2, 6]),
    node(2, 'main', [3, 4]),
    node(3, 'read'),
    node(4, 'parse', [5]),
    node(5, 'read'),
  ].concat(node(6, '(idle)')),
  samples: [3, 4, 5, 6],
  timeDeltas: [1e6, 2e6, 3e6, 5e6],
};

test("Threads are added up without waiting, and a function's own time includes all callers", () => {
  for (const thread of ['0', '1']) writeFileSync(join(folder, `${thread}.cpuprofile`), JSON.stringify(THREAD));
  const root = readProfiles(folder);
  expect(root.seconds).toBe(12);
  expect(heaviest(root, 2).map(({ name, ownSeconds }) => [name, ownSeconds])).toEqual([
    ['read', 8],
    ['parse', 4],
  ]);
});

test('A flame graph has a box with its share for every call on every path', () => {
  const svg = flameGraph(readProfiles(folder));
  expect(svg.match(/<rect/g)).toHaveLength(5);
  expect(svg).toContain('<title>parse (node:somewhere:5): 10.00 s, 83.3 %</title>');
});
