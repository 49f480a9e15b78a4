/**
 * An esbuild plugin that puts the kernels' WebAssembly into a bundle. It replaces `shared/kernels/wasm.ts`, which reads the
 * modules from `.build`, by a module with the same exports that contains their bytes.
 */
import { readdirSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { SetUpError } from '../shared/errors.ts';

const READER = /[\\/]shared[\\/]kernels[\\/]wasm\.ts$/;

/** The bundle also needs `loader: { '.wasm': 'binary' }`. @param folder into which set-up builds `<name>.wasm` */
export function wasmInside(folder: string): Plugin {
  return {
    name: 'wasm-inside',
    setup(build) {
      build.onLoad({ filter: READER }, () => ({
        contents: carrier(modulesIn(folder)),
        loader: 'ts',
        resolveDir: folder,
      }));
    },
  };
}

function modulesIn(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.wasm'))
    .map((entry) => entry.name.slice(0, -'.wasm'.length));
  if (names.length > 0) return names.sort();
  throw new SetUpError(`there are no kernels in ${folder}: run 'npm run build'`);
}

const carrier = (names: readonly string[]): string => `
${names.map((name, at) => `import bytes${at} from './${name}.wasm';`).join('\n')}
const bytes = { ${names.map((name, at) => `${JSON.stringify(name)}: bytes${at}`).join(', ')} };
const modules = new Map();
export function wasmModule(name) {
  let module = modules.get(name);
  if (module === undefined) modules.set(name, (module = new WebAssembly.Module(bytes[name])));
  return module;
}
`;
