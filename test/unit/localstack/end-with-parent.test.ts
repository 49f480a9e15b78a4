import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canListProcesses, processesMarked, untilNoneMarked } from '../../helpers/processes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MODULE = new URL('../../../localstack/end-with-parent.ts', import.meta.url).href;
const MARK = 'TEST_OF_PARENTS';

test.runIf(canListProcesses)('A server ends when its parent is killed, and its folder is deleted', async () => {
  const mark = randomUUID();
  const folder = join(temporaryFolder(), 'server');
  mkdirSync(folder);
  const program = `
    const { spawn } = await import('node:child_process');
    const { endWithParent } = await import(${JSON.stringify(MODULE)});
    endWithParent(spawn('sleep', ['600'], { stdio: 'ignore' }), ${JSON.stringify(folder)});
    console.log('started');
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const _ of parent.stdout) break;
  // These are the parent, the server and its watcher.
  expect(processesMarked(MARK, mark)).toHaveLength(3);
  parent.kill('SIGKILL');
  await untilNoneMarked(MARK, mark);
  expect(existsSync(folder)).toBe(false);
});
