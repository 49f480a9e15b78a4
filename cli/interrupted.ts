/** The end of a command by Ctrl-C: it says that nothing is lost, and the command that goes on. */
import { constants } from 'node:os';
import { relative } from 'node:path';
import { masked } from '../shared/config/masked.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Lets Ctrl-C (SIGINT) and SIGTERM end this process with its threads, in the way a shell expects (130 and 143), after saying
 * how to go on. @param close restores the terminal
 * @returns a function that restores the handlers before
 */
export function sayHowToGoOn(close: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    close();
    process.stderr.write(
      `Stopped. Nothing is lost: what was computed is kept, and this command goes on from there:\n  ${thisCommand()}\n`,
    );
    process.exit(128 + constants.signals[signal]);
  };
  // The handler that was added last knows what the terminal shows, so it comes first.
  for (const signal of SIGNALS) process.prependListener(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the command line that started this process, as it was typed, without passwords. */
export function thisCommand(argv: readonly string[] = process.argv, environment: Environment = process.env): string {
  const { npm_lifecycle_event: script, npm_config_loglevel: level, OFFLINE_TYPED_AS: bin } = environment;
  const [, program = '', ...words] = argv;
  const given = words.map((word) => quoted(masked(word))).join(' ');
  if (bin !== undefined) return `${bin} ${given}`.trimEnd();
  if (script === 'start' || script === 'offline') {
    const npm = ['npm', 'run', ...(level === 'silent' ? ['--silent'] : []), script].join(' ');
    return words.length === 0 ? npm : `${npm} -- ${given}`;
  }
  return `node ${quoted(relative(process.cwd(), program))} ${given}`.trimEnd();
}

/** Quotes a word for a shell, if it must be quoted. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
