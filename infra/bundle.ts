/**
 * The Lambda functions' code: one ES module for each folder of `functions/`, with all its imports, built by one call of
 * esbuild. All functions of a job share the module, and each function names its export: the Lambda handler `index.solve` is
 * the job's handler `solve`. Every bundle begins with the name of the build (`shared/job/build.ts`).
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle, type Plugin } from 'esbuild';
import { buildOf, buildStatement } from '../shared/job/build.ts';
import { wasmInside } from './wasm-plugin.ts';

/** A folder of `functions/` and the names of its handlers. */
export interface BundleSource {
  readonly name: string;
  readonly handlers: readonly string[];
  /** The names of the functions that only executions of earlier builds call. */
  readonly former: readonly string[];
}

/** The code of a deployment. */
export interface Bundles {
  /** The hash of the code of all bundles, without their source maps. */
  readonly build: string;
  /** Name → the folder of the bundle. */
  readonly folders: ReadonlyMap<string, string>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD = join(ROOT, '.build');
/** The folder of the bundles. Each is `<name>/index.mjs`. */
export const BUNDLES = join(BUILD, 'functions');

/** Defines `require`, which CommonJS packages inside an ES module call for Node's own modules. */
const REQUIRE =
  "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);";

/**
 * Bundles every source. The same sources give the same bytes. A file whose bytes would not change is not written, so that
 * several processes may bundle in one clone.
 *
 * @param folder the folder of the bundles
 * @throws SetUpError before the kernels are built
 */
export async function bundleFunctions(sources: readonly BundleSource[], folder = BUNDLES): Promise<Bundles> {
  const { outputFiles } = await bundle({
    entryPoints: sources.map(({ name }) => ({ in: `entry:${name}`, out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    // Stack traces need lines and names. They need no source text, which is in the repository.
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
  const isCode = (path: string): boolean => path.endsWith('.mjs');
  const code = outputFiles.filter(({ path }) => isCode(path));
  const build = buildOf(code.map(({ path, contents }) => ({ name: relative(folder, path), contents })));
  for (const { path, contents } of outputFiles) {
    replaceFile(folder, path, isCode(path) ? stamped(build, contents) : contents);
  }
  return { build, folders: new Map(sources.map(({ name }) => [name, join(folder, name)])) };
}

/** Puts the build's name in front of the banner, in its line, so that the source map's lines stay true. */
const stamped = (build: string, contents: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(buildStatement(build)), contents]);

/** Makes the entry of each bundle, which exports every handler of `functions/<name>/handlers.ts` under its own name. */
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

/** Writes an entry's text from the lists of handlers, because the exports of an ES module are fixed in its text. */
function entryText({ name, handlers, former }: BundleSource): string {
  const values = [
    ...handlers.map((handler) => [handler, `handlers[${JSON.stringify(handler)}]`] as const),
    ...former.map((handler) => [handler, `formerHandler(${JSON.stringify(handler)})`] as const),
  ];
  return [
    `import { handlers } from './functions/${name}/handlers.ts';`,
    ...(former.length > 0 ? [`import { formerHandler } from './shared/job/former.ts';`] : []),
    ...values.map(([, value], at) => `const handler${at} = ${value};`),
    `export { ${values.map(([handler], at) => `handler${at} as ${JSON.stringify(handler)}`).join(', ')} };`,
  ].join('\n');
}

/** Writes a draft beside the folder and renames it, so that no other process reads half a bundle. */
function replaceFile(folder: string, path: string, contents: Uint8Array): void {
  if (isUnchanged(path, contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${folder}-${relative(folder, path).replaceAll(/[\\/]/g, '-')}.${process.pid}`;
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
