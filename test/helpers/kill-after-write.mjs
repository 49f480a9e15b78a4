/**
 * Preloaded into a process under test: ends it with SIGKILL right after its KILL_AFTER-th write to the disk took effect (an
 * object's link or rename, or a removal), counted over all its threads in the file KILL_COUNTER.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_AFTER, KILL_COUNTER } = process.env;

for (const name of ['linkSync', 'renameSync', 'unlinkSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    original(...args);
    fs.appendFileSync(KILL_COUNTER, '.');
    if (fs.statSync(KILL_COUNTER).size === Number(KILL_AFTER)) process.kill(process.pid, 'SIGKILL');
  };
}
syncBuiltinESMExports();
