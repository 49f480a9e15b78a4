/**
 * The Lambda functions' code: one ES module a folder of `functions/`, with everything inside, built by one call of
 * esbuild. All functions of a job share it; each names its export: the Lambda handler `index.solve` is the handler
 * `solve` of that job.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { wasmInside } from './wasm-plugin.ts';

/** A folder of `functions/` and the names of its handlers. */
export interface BundleSource {
  readonly name: string;
  readonly handlers: readonly string[];
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD = join(ROOT, '.build');
/** Where bundles lie: `<name>/index.mjs`. */
export const BUNDLES = join(BUILD, 'functions');

/** CommonJS packages inside an ES module call `require` for Node's own modules. */
const REQUIRE =
  "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);";

/**
 * Bundles every source and resolves to its folder by name. The same sources give the same bytes; files that would not
 * change are left alone, so that several processes may bundle in one clone.
 *
 * @throws SetUpError before the kernels are built
 */
export async function bundleFunctions(sources: readonly BundleSource[]): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: sources.map(({ name }) => ({ in: `entry:${name}`, out: `${name}/index` })),
    outdir: BUNDLES,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    // Stack traces need lines and names, not the text: that is in the repository.
    sourcemap: 'linked' as const,
    sourcesContent: false,
    format: 'esm' as const,
    platform: 'node' as const,
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    loader: { '.wasm': 'binary' },
    plugins: [entries(sources), wasmInside(BUILD)],
    write: false as const,
    logLevel: 'silent' as const,
    legalComments: 'none' as const,
  });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  return new Map(sources.map(({ name }) => [name, join(BUNDLES, name)]));
}

/** What is bundled as `<name>/index.mjs`: the handlers of `functions/<name>/handlers.ts`, each an export of its own. */
function entries(sources: readonly BundleSource[]): Plugin {
  const byName = new Map(sources.map((source) => [source.name, source]));
  return {
    name: 'entries',
    setup(build) {
      build.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }));
      build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: entryText(byName.get(path)!),
        resolveDir: ROOT,
        loader: 'ts',
      }));
    },
  };
}

/** The exports of an ES module are fixed when it is written, so this is written from the list of handlers. */
function entryText({ name, handlers }: BundleSource): string {
  const constants = handlers.map((handler, at) => `const handler${at} = handlers[${JSON.stringify(handler)}];`);
  const exports = handlers.map((handler, at) => `handler${at} as ${JSON.stringify(handler)}`);
  return [
    `import { handlers } from './functions/${name}/handlers.ts';`,
    ...constants,
    `export { ${exports.join(', ')} };`,
  ].join('\n');
}

/** A file beside its place, then moved there: nobody sees half a bundle. */
function replaceFile(path: string, contents: Uint8Array): void {
  if (isUnchanged(path, contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(BUILD, `${relative(BUILD, path).replaceAll(/[\\/]/g, '-')}.${process.pid}`);
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

function isUnchanged(path: string, contents: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(contents);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
