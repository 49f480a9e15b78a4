/** A compiled kernel set to work on a memory. */
import { wasmModule } from './wasm.ts';

/**
 * The exports of a new instance of the kernel `assembly/<name>.ts`.
 * @typeParam Exports the functions and globals that the kernel exports, as its source declares them
 * @throws MissingObjectError before `npm run build`
 */
export function instantiate<Exports>(name: string, memory: WebAssembly.Memory): Exports {
  const { exports } = new WebAssembly.Instance(wasmModule(name), { env: { memory } });
  // biome-ignore lint/plugin: WebAssembly tells the names of its exports and not their types.
  return exports as unknown as Exports;
}
