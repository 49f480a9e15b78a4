/** Finds the files that a source file imports, from its text. Imports of types count too. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Matches `import … from './x.ts'`, `import './x.ts'` and `export … from './x.ts'` at the beginning of a line. */
const STATEMENT = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?['"](\.[^'"]*)['"]/gm;
/** Matches `import('./x.ts')`, of a module or of a type, and `require('./x.cjs')`. */
const CALL = /\b(?:import|require)\(\s*['"](\.[^'"]*)['"]\s*\)/g;
const COMMENT = /^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm;

/**
 * Returns the files that the text of `file` imports by a relative path, each once, as paths relative to the same folder as
 * `file`. Packages and `node:` modules are left out.
 */
export function importsIn(text: string, file: string): string[] {
  const code = text.replace(COMMENT, '');
  const found = [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].map(([, path]) => join(dirname(file), path!));
  return [...new Set(found)];
}

/**
 * Returns `file` and the files that it imports, directly or through other files. Paths of missing files are included, because
 * the type checker finds them.
 *
 * @param known the imports that earlier calls have read
 */
export function reachedFrom(file: string, known = new Map<string, readonly string[]>()): Set<string> {
  const reached = new Set([file]);
  // The iteration over a set includes elements that are added during it.
  for (const each of reached) {
    const imported = known.get(each) ?? (existsSync(each) ? importsIn(readFileSync(each, 'utf8'), each) : []);
    known.set(each, imported);
    for (const next of imported) reached.add(next);
  }
  return reached;
}
