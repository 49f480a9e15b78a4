/** Starts the command line. The compiled code of its modules is kept between runs, which halves the time of a short command. */
import { collectOnOwnThread, keepCompiledCode } from './start-up.mjs';

if (process.features.typescript) {
  keepCompiledCode();
  collectOnOwnThread();
  // The program is loaded after the compile cache is on. A static import would be compiled before that.
  await import('./program.ts');
} else {
  process.stderr.write(
    `UsageError: Node ${process.versions.node} cannot run TypeScript: use \`npm run offline -- …\`, which installs a Node that can\n`,
  );
  process.exitCode = 2;
}
