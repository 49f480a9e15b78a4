/** `offline group-actions …`: groups raw logs into actions by client and day. The flags are those of the original. */

import { Command, Option } from 'commander';
import { checkPlaceholders, expandPattern, parseDateString } from '../../functions/group-actions/input-pattern.ts';
import { groupActions } from '../../functions/group-actions/job.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { ExampleSettings } from '../../shared/job/example.ts';
import { ID_WAYS } from '../../shared/model/text-ids.ts';
import { absoluteLocation, collect, PATTERN, runInput, withIgnoredOptions, withPoolOptions } from '../options.ts';
import { checkSetKeys } from '../set-keys.ts';
import { runAndReport } from './run.ts';

interface Options {
  readonly inputPathPattern: string;
  readonly inputDateString?: string;
  readonly startDay?: string;
  readonly outputPathDir: string;
  readonly gzipOutput?: boolean;
  readonly singleClient?: string;
  readonly ids?: string;
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
      .requiredOption('--input-path-pattern <pattern>', PATTERN)
      .option('--input-date-string <day>', 'the day: yyyyMMdd, yyyy-mm-dd, a day number or epoch seconds')
      .option('--start-day <day>', 'the same, as the other commands call it')
      .requiredOption('--output-path-dir <root>', 'root of the outputs: a folder or s3://bucket/prefix')
      .option('--gzip-output', 'compress the output')
      .option('--single-client <name>', 'this client only')
      .addOption(
        new Option(
          '--ids <way>',
          'given: the logs have integers as ids; assign: ids are made of the client’s own ids or of texts (default: given)',
        ).choices(ID_WAYS),
      )
      .option(
        '--max-reject-ratio <share>',
        'the largest share of the lines, and of their bytes, that may be rejected (default: 0.1)',
      )
      .option('--max-other-days <share>', 'the largest share of the actions that may be of other days (default: 0.5)')
      .option('--set <key=value>', 'a setting (repeatable)', collect),
  ).action(async (options: Options) => {
    checkSetKeys([groupActions], options.set);
    const input = runInput(undefined, options);
    const startDay = dayOf(options);
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
        ids: options.ids,
      }),
    };
    await runAndReport(groupActions, { ...input, settings }, options);
  });
}

/** Returns the day that either option names. @throws UsageError when none does, or when they name different days */
function dayOf({ inputDateString, startDay }: Options): number {
  const [first, second] = [inputDateString, startDay].flatMap((text) =>
    text === undefined ? [] : parseDateString(text),
  );
  if (first === undefined) throw new UsageError('the day is missing: give it with --input-date-string or --start-day');
  if (second === undefined || second === first) return first;
  throw new UsageError(
    `--input-date-string is ${dayInWords(first)} and --start-day is ${dayInWords(second)}: give one of them`,
  );
}
