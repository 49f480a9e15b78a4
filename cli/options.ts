/** The options that the commands which run jobs share, and the run's input that they make. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { placesIn } from '../shared/config/settings-readings.ts';
import { defined } from '../shared/defined.ts';
import { UsageError } from '../shared/errors.ts';
import type { RunInput } from '../shared/job/gather.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { JsonValue } from '../shared/json.ts';
import { DAY_FORMS, parseDay } from '../shared/model/day.ts';
import { formatLocation, parseLocation } from '../shared/store/location.ts';

/** The folder that relative paths start from: the caller's, also when npm has changed the folder. */
export const callersFolder = (): string => process.env.INIT_CWD ?? process.cwd();

/** Options of the original, which every command accepts and none uses. Their values are never shown. */
interface IgnoredOptions {
  readonly awsAccessKeyId?: string;
  readonly awsSecretAccessKey?: string;
}

export interface ConfigOptions extends IgnoredOptions {
  readonly inputPath?: string;
  readonly outputPath?: string;
  readonly startDay?: string;
  readonly days?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly zookeeper?: string;
  readonly configRoot?: string;
}

export interface RunOptions extends ConfigOptions {
  readonly shards?: number;
  readonly workers: number;
}

/** What the options for a pattern of raw logs say. */
export const PATTERN = 'the pattern of the logs’ paths: %y, %m and %d are the day, * is a part of a name';

/** Adds the argument that names a job. */
export const withJobArgument = (command: Command): Command =>
  command.argument('<job>', 'its name; `offline jobs` lists them');

const positive =
  (digits: number) =>
  (text: string): number => {
    if (!/^[1-9]\d*$/.test(text) || text.length > digits)
      throw new InvalidArgumentError('a whole number from 1 is needed.');
    return Number(text);
  };

export const wholeNumber = positive(6);

/** Returns a parser of whole numbers from `least` to `most`. */
export const numberWithin =
  (least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
  };
/** Parses a size in bytes. It has at most 15 digits, which a double holds exactly. */
export const sizeNumber = positive(15);

/** @throws UsageError */
export function dayOption(text: string): number {
  const day = parseDay(text);
  if (day !== undefined) return day;
  throw new UsageError(`'${text}' is no day: write ${DAY_FORMS}`);
}

/** Collects the values of an option that may be given more than once. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function withIgnoredOptions(command: Command): Command {
  return command
    .addOption(new Option('--aws-access-key-id <id>').hideHelp())
    .addOption(new Option('--aws-secret-access-key <key>').hideHelp());
}

export function withConfigOptions(command: Command): Command {
  return withPlaceOptions(
    withIgnoredOptions(command)
      .option('--start-day <day>', 'last day read: 2011-12-09, 20111209 or 15317 (days since 1970-01-01 UTC)')
      .option('--days <n>', 'number of days read, counted backwards')
      .option('--config <file>', 'JSON file in place of the configuration node; - reads standard input'),
  );
}

/** Adds the options that name the roots, the configuration root and settings. */
export function withPlaceOptions(command: Command): Command {
  return command
    .option('--input-path <root>', 'root of the inputs: a folder or s3://bucket/prefix')
    .option('--output-path <root>', 'root of the outputs: a folder or s3://bucket/prefix')
    .option('--set <key=value>', 'a setting; wins over the node (repeatable)', collect)
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: configuration and activation')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper');
}

export function withRunOptions(command: Command): Command {
  return withPoolOptions(withConfigOptions(command));
}

export function withPoolOptions(command: Command): Command {
  return command
    .option('--shards <n>', 'number of shards of each step (default: planned by bytes)', wholeNumber)
    .option('--workers <n>', 'worker threads', wholeNumber, availableParallelism());
}

/**
 * Makes a run's input from the options, and warns of options that are ignored. @throws UsageError, ConfigError
 * @param jobs the jobs that the settings are for
 */
export function runInput(
  client: string | undefined,
  options: ConfigOptions & { readonly shards?: number },
  jobs: readonly AnyJob[] = [],
): RunInput {
  if (options.awsAccessKeyId !== undefined || options.awsSecretAccessKey !== undefined) {
    process.stderr.write(
      'warning: --aws-access-key-id and --aws-secret-access-key are ignored: credentials come from the environment\n',
    );
  }
  return defined({
    client,
    config: options.config !== undefined ? readConfigFile(options.config) : undefined,
    ...configRootOf(options),
    shards: options.shards,
    settings: absolute(jobs, {
      ...settingsOf(options.set ?? []),
      ...defined<Record<string, string>>({
        startDay: options.startDay,
        days: options.days,
        inputPath: options.inputPath,
        outputPath: options.outputPath,
      }),
    }),
  });
}

/** Returns `zookeeper:<hosts>` or a location, if one is given. @throws UsageError when both are given */
export function configRootOf(options: ConfigOptions): { configRoot?: string } {
  if (options.zookeeper !== undefined && options.configRoot !== undefined) {
    throw new UsageError('--zookeeper and --config-root exclude each other: configuration comes from one place');
  }
  if (options.zookeeper !== undefined) return { configRoot: `zookeeper:${options.zookeeper}` };
  return options.configRoot === undefined ? {} : { configRoot: absoluteLocation(options.configRoot) };
}

export const absoluteLocation = (location: string): string => formatLocation(parseLocation(location, callersFolder()));

/** Makes the locations among the settings absolute: those of every job, and those that `jobs` declare as places. */
function absolute(jobs: readonly AnyJob[], settings: Record<string, string>): Record<string, JsonValue> {
  const paths = new Set(['inputPath', 'outputPath', ...jobs.flatMap((job) => placesIn(job.settings))]);
  const isPath = (key: string, value: string) => paths.has(key) && value !== '';
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, isPath(key, value) ? absoluteLocation(value) : value]),
  );
}

/** Parses the values of `--set`. @throws UsageError for a text without a key and an equals sign */
export function settingsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        // A text without a key may be a password, so it is not shown.
        const shown = /^[A-Za-z]{1,40}$/.test(pair) ? `, and got '${pair}'` : '';
        throw new UsageError(`--set needs key=value${shown}`);
      }
      return [pair.slice(0, at).trim(), pair.slice(at + 1)];
    }),
  );
}

function readConfigFile(file: string): { from: string; text: string } {
  try {
    if (file === '-') return { from: 'standard input', text: readFileSync(0, 'utf8') };
    return { from: file, text: readFileSync(resolve(callersFolder(), file), 'utf8') };
  } catch (error) {
    if (file.trimStart().startsWith('{')) {
      throw new UsageError(
        '--config needs the name of a file, and was given JSON: give - and the JSON on standard input',
      );
    }
    throw new UsageError(`--config ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
