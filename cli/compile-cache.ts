import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** From here on this thread takes modules' compiled code from `.build`, and leaves it there. Without a place to write it does nothing. */
export function keepCompiledCode(): void {
  enableCompileCache(fileURLToPath(new URL('../.build/compile-cache', import.meta.url)));
}
