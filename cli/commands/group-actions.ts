/** `offline group-actions …`: groups raw logs into actions by client and day. The flags are those of the original. */

import { Command } from 'commander';
import { checkPlaceholders, expandPattern, parseDateString } from '../../functions/group-actions/input-pattern.ts';
import { groupActions } from '../../functions/group-actions/job.ts';
import { defined } from '../../shared/defined.ts';
import type { ExampleSettings } from '../../shared/job/example.ts';
import { absoluteLocation, runInput, withIgnoredOptions, withPoolOptions } from '../options.ts';
import { checkSetKeys } from '../set-keys.ts';
import { runAndReport } from './run.ts';

interface Options {
  readonly inputPathPattern: string;
  readonly inputDateString: string;
  readonly outputPathDir: string;
  readonly gzipOutput?: boolean;
  readonly singleClient?: string;
  readonly maxRejectRatio?: string;
  readonly maxOtherDays?: string;
  readonly set?: readonly string[];
  readonly awsAccessKeyId?: string;
  readonly awsSecretAccessKey?: string;
  readonly shards?: number;
  readonly workers: number;
  readonly json?: boolean;
}

export function groupActionsCommand(): Command {
  return withPoolOptions(
    withIgnoredOptions(new Command('group-actions'))
      .description('group a day of raw logs into actions by client')
      .requiredOption(
        '--input-path-pattern <pattern>',
        'the pattern of the logs’ paths: %y, %m and %d are the day, * is a part of a name',
      )
      .requiredOption('--input-date-string <day>', 'yyyyMMdd, yyyy-mm-dd, a day number or epoch seconds')
      .requiredOption('--output-path-dir <root>', 'root of the outputs: a folder or s3://bucket/prefix')
      .option('--gzip-output', 'compress the output')
      .option('--single-client <name>', 'this client only')
      .option(
        '--max-reject-ratio <share>',
        'the largest share of the lines, and of their bytes, that may be rejected (default: 0.1)',
      )
      .option('--max-other-days <share>', 'the largest share of the actions that may be of other days (default: 0.5)')
      .option('--set <key=value>', 'a setting (repeatable)', (value: string, before: string[] = []) => [
        ...before,
        value,
      ]),
  ).action(async (options: Options) => {
    checkSetKeys([groupActions], options.set);
    const input = runInput(undefined, options);
    const startDay = parseDateString(options.inputDateString);
    checkPlaceholders(options.inputPathPattern);
    const settings = {
      ...input.settings,
      // The date replaces %y, %m and %d first, because `%y` in a file: URI would be an escape.
      inputPathPattern: absoluteLocation(expandPattern(options.inputPathPattern, startDay)),
      startDay,
      outputPath: absoluteLocation(options.outputPathDir),
      gzipOutput: options.gzipOutput ?? false,
      ...defined<ExampleSettings<typeof groupActions>>({
        maxRejectRatio: options.maxRejectRatio,
        maxOtherDays: options.maxOtherDays,
        singleClient: options.singleClient,
      }),
    };
    await runAndReport(groupActions, { ...input, settings }, options);
  });
}
