/** Starts a worker thread of the local run, its modules compiled once for all. */
import { keepCompiledCode } from '../start-up.ts';

keepCompiledCode();
await import('./invocations.ts');
