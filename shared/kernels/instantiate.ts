/** Makes instances of the compiled kernels. */
import { wasmModule } from './wasm.ts';

/**
 * Returns the exports of a new instance of the kernel `assembly/<name>.ts`, which works on `memory`.
 *
 * @typeParam Exports the functions and globals that the kernel exports, as its source declares them
 * @throws MissingObjectError when the kernels are not built
 */
export function instantiate<Exports>(name: string, memory: WebAssembly.Memory): Exports {
  const { exports } = new WebAssembly.Instance(wasmModule(name), { env: { memory } });
  // biome-ignore lint/plugin: WebAssembly has the names of its exports, but not their types.
  return exports as unknown as Exports;
}
