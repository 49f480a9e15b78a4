/**
 * The command line. Result on stdout, all else on stderr; exit status 0 done, 1 failed, 2 wrong usage or configuration.
 */
import { Command, CommanderError } from 'commander';
import { backfillCommand } from './commands/backfill.ts';
import { dayCommand } from './commands/day.ts';
import { groupActionsCommand } from './commands/group-actions.ts';
import { configCommand, jobsCommand } from './commands/jobs.ts';
import { logsCommand } from './commands/logs.ts';
import { planCommand } from './commands/plan.ts';
import { runCommand } from './commands/run.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { validateCommand } from './commands/validate.ts';
import { exitStatusOf } from './exit-status.ts';

const program = new Command('offline')
  .description('Recommendation models from user action logs: the same jobs on this machine as in the cloud.')
  .option('--json', 'one JSON value on stdout, all else on stderr')
  .option('--verbose', 'with an error, where in the code it came from')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  // Both may stand before or behind the command's name.
  .hook('preAction', (_program, command) => {
    for (const [name, value] of Object.entries(program.opts())) command.setOptionValue(name, value);
  });
const LOCAL = [groupActionsCommand, runCommand, dayCommand, planCommand, jobsCommand, configCommand, validateCommand];
const REMOTE = [startCommand, statusCommand, logsCommand, backfillCommand];
for (const command of [...LOCAL, ...REMOTE]) {
  program.addCommand(command().copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failed(error);
}

function failed(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong, or has printed the help that was asked for.
    if (error.exitCode === 0) return 0;
    writeJson({ name: 'UsageError', message: error.message.replace(/^error: /, '') });
    return 2;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${name}: ${message}\n`);
  if (process.argv.includes('--verbose')) process.stderr.write(`${stack ?? ''}\n`);
  else if (name === 'Error' || name.endsWith('TypeError'))
    process.stderr.write('(--verbose says where it came from)\n');
  writeJson({ name, message });
  return exitStatusOf({ name });
}

/** Also when the command line could not be parsed, so the option is looked for by hand. */
function writeJson(error: { readonly name: string; readonly message: string }): void {
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error })}\n`);
}
