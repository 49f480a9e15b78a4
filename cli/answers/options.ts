/** The options of `offline recommend` and `offline similar`. */
import { type Command, Option } from 'commander';
import type { Asked } from '../../shared/answers/answer.ts';
import { UsageError } from '../../shared/errors.ts';
import { dayOption, numberWithin } from '../options.ts';

export interface AnswerOptions {
  readonly client: string;
  readonly count: number;
  readonly day?: number;
  readonly clientIds?: boolean;
  readonly itemsPath?: string;
  readonly inputPath?: string;
  readonly outputPath?: string;
  readonly zookeeper?: string;
  readonly configRoot?: string;
  readonly env?: string;
  readonly json?: boolean;
}

/** Nobody reads a longer list, and a longer list would take long to keep sorted. */
const MOST_ITEMS = 1000;

export const idOption = numberWithin(0, Number.MAX_SAFE_INTEGER);

export function withAnswerOptions(command: Command): Command {
  return command
    .requiredOption('--client <name>', 'the client')
    .addOption(
      new Option('--count <n>', `the number of items, at most ${MOST_ITEMS}`)
        .argParser(numberWithin(1, MOST_ITEMS))
        .default(10),
    )
    .option(
      '--day <day>',
      'the day of the model: 2011-12-09, 20111209 or 15317 (default: that of the live model, else the newest)',
      dayOption,
    )
    .option('--client-ids', 'show the client’s own ids in place of ids')
    .option('--items-path <location>', 'the catalogue with the names of items (default: that of the jobs’ nodes)')
    .option(
      '--output-path <root>',
      'root of the models: a folder or s3://bucket/prefix (default: that of the job’s node)',
    )
    .option(
      '--input-path <root>',
      'root of the actions (default: that of the jobs’ nodes, or else the root of the models)',
    )
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: what is live, and the jobs’ nodes')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .option(
      '--env <name>',
      'the environment that is deployed, which says what is live; without it, an output root is read',
    );
}

/** Returns what a question is about: an id or the client's own id. @throws UsageError unless exactly one of them is given */
export function askedOf(kind: 'user' | 'item', id: number | undefined, text: string | undefined): Asked {
  if (id !== undefined && text === undefined) return { id };
  if (text !== undefined && id === undefined) return { text };
  throw new UsageError(`which ${kind}? Give either --${kind} <id> or --client-${kind} <id>`);
}
