/** Preloaded into a process under test: appends a line to REPLACED_FILE right after the run's plan took effect. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let replaced = false;
for (const name of ['linkSync', 'renameSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    original(...args);
    if (replaced || !String(args[1]).includes('/plans/')) return;
    replaced = true;
    const file = process.env.REPLACED_FILE;
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(`${file}.new`, `${text}${text.slice(0, text.indexOf('\n') + 1)}`);
    fs.renameSync(`${file}.new`, file);
  };
}
syncBuiltinESMExports();
