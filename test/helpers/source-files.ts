/** The project's source files, which file imports which, and the circles among them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importsIn } from './imports.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Path → the files that it imports. All paths are relative to the project. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Returns the sorted paths of all source files below the folder, relative to the project. */
export const sourceFiles = (folder: string): string[] =>
  globSync(`${folder}/**/*.{ts,mjs,cjs}`, { cwd: PROJECT, exclude: ['test/data/**'] }).sort();

export const sourceText = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

/**
 * Returns which of the files imports which. An import that leads to no file is left out, because it is in generated code or
 * in a text. An import in AssemblyScript has no `.ts`.
 */
export function importGraph(files: readonly string[]): ImportGraph {
  const known = new Set(files);
  const fileOf = (path: string) =>
    [path, `${path}.ts`].find((file) => known.has(file) || existsSync(join(PROJECT, file)));
  return new Map(files.map((file) => [file, importsIn(sourceText(file), file).flatMap((path) => fileOf(path) ?? [])]));
}

/**
 * Returns the groups of files that import each other, directly or through other files of the group, each sorted: the strongly
 * connected components (Tarjan, "Depth-first search and linear graph algorithms", 1972).
 */
export function circlesIn(graph: ImportGraph): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const path: string[] = [];
  /** Returns the earliest file on the path, by its order, that `file` leads to. */
  const earliest = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    path.push(file);
    let first = own;
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) first = Math.min(first, earliest(next));
      else if (path.includes(next)) first = Math.min(first, order.get(next)!);
    }
    if (first === own) {
      const group = path.splice(path.indexOf(file)).sort();
      if (group.length > 1 || graph.get(file)?.includes(file)) circles.push(group);
    }
    return first;
  };
  for (const file of graph.keys()) if (!order.has(file)) earliest(file);
  return circles.sort(([a], [b]) => (a! < b! ? -1 : 1));
}
