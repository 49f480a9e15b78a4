/**
 * The compiled kernels, read from `.build` and compiled once a thread.
 *
 * The only place that knows where the modules lie: a bundle replaces this file by one that carries their bytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MissingObjectError } from '../errors.ts';

const modules = new Map<string, WebAssembly.Module>();

/**
 * The module built from `assembly/<name>.ts`.
 *
 * @throws MissingObjectError before `npm run build`
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
