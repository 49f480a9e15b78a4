/** Preloaded into a process under test. It replaces REPLACED_FILE by a longer one as soon as the run's plan is written. */
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
