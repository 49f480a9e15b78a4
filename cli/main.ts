/** Starts the command line. Its modules' compiled code is kept from run to run: that halves a short command's time. */
import { countColumnsAsMemory, keepCompiledCode } from './start-up.ts';

keepCompiledCode();
countColumnsAsMemory();
// Loaded only now: what is imported above is compiled before anything runs.
await import('./program.ts');
