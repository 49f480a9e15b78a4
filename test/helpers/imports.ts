/** Which source files import which: read from the text, type imports included. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `import … from './x.ts'`, `import './x.ts'` and `export … from './x.ts'`, each at the beginning of a line. */
const STATEMENT = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?['"](\.[^'"]*)['"]/gm;
/** `import('./x.ts')`, of a module or of a type, and `require('./x.cjs')`. */
const CALL = /\b(?:import|require)\(\s*['"](\.[^'"]*)['"]\s*\)/g;
const COMMENT = /^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm;

/**
 * The files that the text of `file` imports by a relative path, each once; the paths are as `file`'s own, relative to the
 * same folder. Packages and `node:` modules are left out.
 */
export function importsIn(text: string, file: string): string[] {
  const code = text.replace(COMMENT, '');
  const found = [...code.matchAll(STATEMENT), ...code.matchAll(CALL)].map(([, path]) => join(dirname(file), path!));
  return [...new Set(found)];
}

/**
 * The files that `file` imports, directly or through other files, and `file` itself. Paths of files that do not exist are
 * among them: the type checker finds those.
 *
 * @param known what earlier calls have read
 */
export function reachedFrom(file: string, known = new Map<string, readonly string[]>()): Set<string> {
  const reached = new Set([file]);
  // A set's iteration includes what is added during it.
  for (const each of reached) {
    const imported = known.get(each) ?? (existsSync(each) ? importsIn(readFileSync(each, 'utf8'), each) : []);
    known.set(each, imported);
    for (const next of imported) reached.add(next);
  }
  return reached;
}
