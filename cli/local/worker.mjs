/** Starts a worker thread of the local run, its modules compiled once for all. */
import { keepCompiledCode } from '../start-up.mjs';

keepCompiledCode();
await import('./invocations.ts');
