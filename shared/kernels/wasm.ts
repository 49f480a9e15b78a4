/**
 * The kernels' WebAssembly modules, read from `.build` and compiled once in each thread.
 *
 * No other file knows where the modules are stored: a bundle replaces this file by one that carries their bytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MissingObjectError } from '../errors.ts';

const modules = new Map<string, WebAssembly.Module>();

/**
 * Returns the module built from `assembly/<name>.ts`.
 *
 * @throws MissingObjectError when the kernels are not built
 */
export function wasmModule(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    const file = fileURLToPath(new URL(`../../.build/${name}.wasm`, import.meta.url));
    if (!existsSync(file)) throw new MissingObjectError(`${file}: the kernels are not built: run 'npm run build'`);
    module = new WebAssembly.Module(readFileSync(file));
    modules.set(name, module);
  }
  return module;
}
