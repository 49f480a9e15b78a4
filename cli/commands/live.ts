/**
 * `offline models|activate|rollback|hold|release|history`: these commands show what is live and change it. They work on this
 * machine's configuration root or, with `--env`, on a deployed pipeline, where a function does the same.
 */
import { Command, Option } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import { modelsNodeOf } from '../../shared/job/job.ts';
import type { JsonValue } from '../../shared/json.ts';
import { answerRequest, type LiveAnswer, type LiveRequest } from '../../shared/live/requests.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { GATES, type Gate } from '../../shared/verdict/verdict.ts';
import { type ConfigOptions, collect, configRootOf, dayOption, runInput, withJobArgument } from '../options.ts';
import { readAnswer, readCommandResult, readHistoryEntries, readModelRows } from '../remote/live-answers.ts';
import { writeResult } from '../report.ts';
import { commandReport, historyReport, modelsReport } from '../report-live.ts';
import { checkSetKeys } from '../set-keys.ts';

interface Options extends Pick<ConfigOptions, 'zookeeper' | 'configRoot' | 'inputPath' | 'outputPath' | 'set'> {
  readonly client?: string;
  readonly env?: string;
  readonly day?: number;
  readonly run?: string;
  readonly because?: string;
  readonly gate?: Gate;
  readonly json?: boolean;
}

export function modelsCommand(): Command {
  return withPlaces(new Command('models').description('show what is live, what was published last, and what is held'))
    .option('--client <name>', 'this client only')
    .action((options: Options) =>
      ask(options, { command: 'models', ...clientOf(options) }, (rows) => modelsReport(readModelRows(rows))),
    );
}

export const activateCommand = (): Command =>
  changing('activate', 'make a published model live, without computing anything')
    .option('--day <day>', 'the model of this day: 2011-12-09, 20111209 or 15317', dayOption)
    .option('--run <id>', 'the model of this run')
    .addOption(
      new Option(
        '--gate <gate>',
        'what a failed check of its verdict does: enforce refuses the model, warn only reports it',
      )
        .choices(GATES)
        .default('enforce'),
    );

export const rollbackCommand = (): Command =>
  changing('rollback', 'go back to the model that was live before, and hold it; repeat to go back further');

export const holdCommand = (): Command =>
  changing('hold', 'keep the live model until it is released; meanwhile runs only publish');

export const releaseCommand = (): Command => changing('release', 'let runs activate again');

export function historyCommand(): Command {
  return about('history', 'what was live, since when, and why').action((job: string, options: Options) =>
    ask(options, { command: 'history', job, ...clientOf(options) }, (changes) =>
      historyReport(readHistoryEntries(changes)),
    ),
  );
}

/** Returns a command on one model. */
const about = (name: LiveRequest['command'], description: string): Command =>
  withPlaces(withJobArgument(new Command(name)).description(description)).requiredOption(
    '--client <name>',
    'the client',
  );

/** Returns a command that changes something, with an option that says why. */
const changing = (command: LiveRequest['command'], description: string): Command =>
  about(command, description)
    .option('--because <text>', 'the reason, which the history and later runs show')
    .action((job: string, options: Options) => {
      const { day, run, because, gate } = options;
      const request: LiveRequest = defined({
        command,
        job,
        ...clientOf(options),
        day,
        run,
        because,
        gate,
      });
      return ask(options, request, (result) => commandReport(request, readCommandResult(result)));
    });

const clientOf = ({ client }: Options): { readonly client?: string } => (client === undefined ? {} : { client });

const withPlaces = (command: Command): Command =>
  command
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .option('--set <key=value>', 'a setting, such as jdbc of a table; wins over the node (repeatable)', collect)
    .option('--env <name>', 'the deployed pipeline whose function does the work')
    .option('--input-path <root>', 'root of the inputs: not needed here, and accepted as `run` takes it')
    .option(
      '--output-path <root>',
      'root of the outputs, where the models are (default: from the client’s configuration)',
    );

async function ask(options: Options, request: LiveRequest, inWords: (result: JsonValue) => string): Promise<void> {
  const { result, warnings } = await (options.env === undefined ? here(options, request) : there(options, request));
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  writeResult(result, options.json, inWords);
}

async function here(options: Options, request: LiveRequest): Promise<LiveAnswer> {
  const { inputPath, outputPath } = options;
  const withModels = JOBS.filter((job) => modelsNodeOf(job) !== undefined);
  const asked = withModels.filter(({ name }) => name === request.job);
  // A job without models is refused with a message of its own.
  checkSetKeys(asked.length > 0 ? asked : withModels, options.set);
  const paths: Parameters<typeof runInput>[1] = defined({
    set: options.set,
    inputPath,
    outputPath,
  });
  const { configRoot } = configRootOf(options);
  const { settings = {} } = runInput(undefined, paths);
  return answerRequest(request, { openStore, openConfigRoot, configRoot, settings, jobs: JOBS });
}

async function there(options: Options, request: LiveRequest): Promise<LiveAnswer> {
  const named = [options.zookeeper, options.configRoot, options.inputPath, options.outputPath, options.set];
  if (named.some((value) => value !== undefined)) {
    throw new UsageError(
      '--env names a deployed pipeline, which knows its configuration and its roots: leave out --zookeeper, --config-root and --output-path',
    );
  }
  const { remoteOnAws } = await import('../remote/aws.ts');
  return readAnswer(await remoteOnAws(options.env as string).invoke('daily', 'models', request));
}
