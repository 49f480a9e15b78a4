/**
 * Preloaded into a process under test. It kills the process with SIGKILL after its write number KILL_AFTER to the disk took
 * effect: the link, rename or removal of a file. The file KILL_COUNTER has one byte for each write of any thread. When two
 * threads write at the same moment, both may see the count of both, so the kill comes at that count or just above it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_AFTER, KILL_COUNTER } = process.env;

for (const name of ['linkSync', 'renameSync', 'unlinkSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    original(...args);
    fs.appendFileSync(KILL_COUNTER, '.');
    if (fs.statSync(KILL_COUNTER).size >= Number(KILL_AFTER)) process.kill(process.pid, 'SIGKILL');
  };
}
syncBuiltinESMExports();
