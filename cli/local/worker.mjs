/** Starts a worker thread of the local run. All threads share the compiled code of the modules. */
import { keepCompiledCode } from '../start-up.mjs';

keepCompiledCode();
await import('./invocations.ts');
