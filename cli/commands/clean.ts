/** `offline clean`: lists what is old below `.work` of an output root on a disk, and removes it with `--apply`. */
import { Command } from 'commander';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import { count, inBytes } from '../../shared/in-words.ts';
import { parseLocation } from '../../shared/store/location.ts';
import { KEPT_DAYS } from '../local/old-trainings.ts';
import { type OldWork, oldWork, removeOldWork } from '../local/old-work.ts';
import { absoluteLocation, wholeNumber } from '../options.ts';
import { writeResult } from '../report.ts';
import { table } from '../table.ts';

interface Options {
  readonly outputPath?: string;
  readonly keepDays: number;
  readonly apply?: boolean;
  readonly json?: boolean;
}

/** The answer of the command. */
interface Cleaned {
  readonly root: string;
  readonly keepDays: number;
  readonly applied: boolean;
  readonly bytes: number;
  readonly work: readonly { readonly path: string; readonly bytes: number; readonly written: string }[];
}

export function cleanCommand(): Command {
  return new Command('clean')
    .description('list old work areas of a folder (`offline daily` removes them too), and remove them with --apply')
    .option('--output-path <root>', 'root of the outputs: a folder')
    .option('--keep-days <n>', 'days since the last write for which a work area is kept', wholeNumber, KEPT_DAYS)
    .option('--apply', 'remove them; without it nothing is changed')
    .action(({ outputPath, keepDays, apply = false, json }: Options) => {
      const root = absoluteLocation(outputPath ?? String(factsOf(commonSettings.outputPath).default));
      if (parseLocation(root).scheme !== 'file') {
        throw new UsageError(`${root}: only folders are cleaned. In S3 a lifecycle rule of the bucket expires .work/`);
      }
      const found = apply ? removeOldWork(root, new Date(), keepDays) : oldWork(root, new Date(), keepDays);
      writeResult(answerOf(root, keepDays, apply, found), json, inWords);
    });
}

const answerOf = (root: string, keepDays: number, applied: boolean, found: readonly OldWork[]): Cleaned => ({
  root,
  keepDays,
  applied,
  bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
  work: found.map(({ path, bytes, writtenMs }) => ({ path, bytes, written: new Date(writtenMs).toISOString() })),
});

function inWords({ root, keepDays, applied, bytes, work }: Cleaned): string {
  if (work.length === 0) return `nothing below ${root}/.work is older than ${keepDays} days\n`;
  const rows = work.map((one) => [one.path, inBytes(one.bytes), one.written.slice(0, 10)]);
  const sum = `${count(work.length)} (${inBytes(bytes)})`;
  return [
    table([['path', 'frees', 'last written'], ...rows], [1]),
    applied ? `removed ${sum}` : `${sum} can be removed: repeat the command with --apply`,
    '',
  ].join('\n');
}
