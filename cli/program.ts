/**
 * The command line. It prints results on stdout and everything else on stderr. Its exit status is 0 when it is done, 1 when it
 * failed, and 2 for wrong usage or configuration.
 */

import { Command, CommanderError } from 'commander';
import { masked } from '../shared/config/masked.ts';
import { thrownError } from '../shared/job/step-answers.ts';
import { fileError, systemCode } from '../shared/store/file-errors.ts';
import { exitStatusOf } from './exit-status.ts';
import { outputWidth } from './terminal.ts';

/** Longer lines are hard to read. */
const LONGEST_HELP_LINE = 120;

const program = new Command('offline')
  .description('Recommendation models from user action logs: the same jobs on this machine as in the cloud.')
  .option('--json', 'print one JSON value on stdout, everything else on stderr')
  .option('--verbose', 'show the steps of each job of a day, and with an error where in the code it was thrown')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  // The wrong part of a command line may be an address with a password.
  .configureOutput({
    outputError: (text, write) => write(masked(text)),
    getOutHelpWidth: () => Math.min(LONGEST_HELP_LINE, outputWidth()),
  })
  // Both options may come before or after the command's name.
  .hook('preAction', (_program, command) => {
    for (const [name, value] of Object.entries(program.opts())) command.setOptionValue(name, value);
  });
/** Command name → the command, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  'group-actions': async () => (await import('./commands/group-actions.ts')).groupActionsCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  day: async () => (await import('./commands/day.ts')).dayCommand(),
  daily: async () => (await import('./commands/daily.ts')).dailyCommand(),
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  cost: async () => (await import('./commands/cost.ts')).costCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  recommend: async () => (await import('./commands/recommend.ts')).recommendCommand(),
  similar: async () => (await import('./commands/similar.ts')).similarCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  config: async () => (await import('./commands/jobs.ts')).configCommand(),
  validate: async () => (await import('./commands/validate.ts')).validateCommand(),
  forget: async () => (await import('./commands/forget.ts')).forgetCommand(),
  models: async () => (await import('./commands/live.ts')).modelsCommand(),
  activate: async () => (await import('./commands/live.ts')).activateCommand(),
  rollback: async () => (await import('./commands/live.ts')).rollbackCommand(),
  hold: async () => (await import('./commands/live.ts')).holdCommand(),
  release: async () => (await import('./commands/live.ts')).releaseCommand(),
  history: async () => (await import('./commands/live.ts')).historyCommand(),
  start: async () => (await import('./commands/start.ts')).startCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  logs: async () => (await import('./commands/logs.ts')).logsCommand(),
  backfill: async () => (await import('./commands/backfill.ts')).backfillCommand(),
  clean: async () => (await import('./commands/clean.ts')).cleanCommand(),
  tune: async () => (await import('./commands/tune.ts')).tuneCommand(),
};

// Only the modules of the given command are loaded. All are loaded for the help, and to suggest a name for an unknown command.
const asked = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? '';
for (const name of Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS)) {
  const command = await (COMMANDS[name] as () => Promise<Command>)();
  program.addCommand(command.copyInheritedSettings(program));
}

// A reader such as `head` closes its end when it has read enough. Any other error means that output is lost, as on a full disk.
process.stdout.on('error', (error) => {
  const isLost = systemCode(error) !== 'EPIPE';
  if (isLost) process.exitCode = failed(fileError(error, 'writing', 'standard output'));
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failed(error);
}

function failed(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed what is wrong, or the help.
    if (error.exitCode === 0) return 0;
    writeJson({ name: 'UsageError', message: masked(error.message.replace(/^error: /, '')) });
    return 2;
  }
  const { name, message: said, stack } = thrownError(error);
  const message = masked(said);
  process.stderr.write(`${name}: ${message}\n`);
  if (process.argv.includes('--verbose')) process.stderr.write(`${masked(stack ?? '')}\n`);
  else if (name === 'Error' || name.endsWith('TypeError'))
    process.stderr.write('(--verbose shows where in the code it was thrown)\n');
  writeJson({ name, message });
  return exitStatusOf({ name });
}

/** Prints an error as JSON when `--json` is given. The command line may not have been parsed, so the arguments are searched. */
function writeJson(error: { readonly name: string; readonly message: string }): void {
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error })}\n`);
}
