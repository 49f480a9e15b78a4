/** Starts the command line. Its modules' compiled code is kept from run to run: that halves a short command's time. */
import { collectOnOwnThread, keepCompiledCode } from './start-up.mjs';

keepCompiledCode();
collectOnOwnThread();
// Loaded only now: what is imported above is compiled before anything runs.
await import('./program.ts');
