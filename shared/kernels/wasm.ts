/**
 * The compiled kernels, read from `.build` and compiled once a thread.
 *
 * The only place that knows where the modules lie: a bundle replaces this file by one that carries their bytes.
 */
import { readFileSync } from 'node:fs';

const modules = new Map<string, WebAssembly.Module>();

/** The module built from `assembly/<name>.ts`. Throws ENOENT with the file's path before `npm run build`. */
export function wasmModule(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../.build/${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  return module;
}
