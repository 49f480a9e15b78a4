/** Starts the command line. Its modules' compiled code is kept from run to run: that halves a short command's time. */
import { collectOnOwnThread, keepCompiledCode } from './start-up.mjs';

if (process.features.typescript) {
  keepCompiledCode();
  collectOnOwnThread();
  // Loaded only now: what is imported above is compiled before anything runs.
  await import('./program.ts');
} else {
  process.stderr.write(
    `UsageError: Node ${process.versions.node} does not run TypeScript as it is: use \`npm run offline -- …\`, which brings its own\n`,
  );
  process.exitCode = 2;
}
