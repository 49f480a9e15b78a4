/** The report of a run, the tables and counts of other reports, and the output of a command's result. */
import { dayInWords, inBytes } from '../shared/in-words.ts';
import type { RunSummary } from './local/run-job.ts';
import { seconds } from './progress.ts';

/** Writes a result to standard output, as JSON with the option `--json`, and otherwise as the text of `inWords`. */
export function writeResult<T>(result: T, asJson: boolean | undefined, inWords: (result: T) => string): void {
  process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : inWords(result));
}

/**
 * Returns text in columns, with two spaces between them; the first row is the head.
 * @param right columns that are aligned to the right
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** Reports a run in a few lines: what it read and wrote, where its output is, and what it used. */
export function runReport(summary: RunSummary): string {
  const { manifest } = summary;
  const of = summary.client === null ? '' : ` of ${summary.client}`;
  const lines = [
    summary.alreadyDone
      ? `${summary.job}${of}, day ${dayInWords(summary.day)}: already there, made by run ${summary.run}; nothing to do`
      : `${summary.job}${of}, day ${dayInWords(summary.day)}: done in ${seconds(summary.seconds)} (run ${summary.run})`,
    `  counts     ${countsInWords(manifest.counts)}`,
    `  output     ${summary.output}`,
    `  files      ${manifest.files.map((file) => `${file.name} (${inBytes(file.size)})`).join(', ') || 'none'}`,
  ];
  const { folders } = manifest.counts;
  if (Array.isArray(folders)) lines.splice(-1, 0, `  folders    ${foldersInWords(folders)}`);
  if (summary.activated !== null) lines.push(`  activated  ${summary.activated}`);
  if (summary.verdict !== null) lines.push(`  verdict    ${summary.verdict}`);
  if (summary.notActivated !== null) lines.push(`  not activated: ${summary.notActivated}`);
  if (!summary.alreadyDone) lines.push('', indent(stepTable(summary)));
  return `${lines.join('\n')}\n`;
}

/** The most folders that are listed. A run over all clients writes a folder for each client. */
const FOLDERS_SHOWN = 5;

function foldersInWords(folders: readonly unknown[]): string {
  const more = folders.length > FOLDERS_SHOWN ? ` and ${count(folders.length - FOLDERS_SHOWN)} more` : '';
  return folders.length === 0 ? 'none' : `${folders.slice(0, FOLDERS_SHOWN).join(', ')}${more}`;
}

export const stepTable = (summary: RunSummary): string =>
  table(
    [
      ['step', 'shards', 'found', 'wall s', 'CPU s', 'memory MiB'],
      ...summary.steps.map((step) => [
        step.step,
        step.computed + step.found === 0 ? '' : count(step.computed),
        step.found === 0 ? '' : count(step.found),
        step.seconds.toFixed(2),
        step.cpuSeconds.toFixed(2),
        step.peakMemoryMb.toFixed(0),
      ]),
    ],
    [1, 2, 3, 4, 5],
  );

const indent = (text: string): string => text.replace(/^/gm, '  ');

/** The counts that describe a training. The verdict reads them. They are no sizes, so a report leaves them out. */
const COUNTS_OF_VERDICTS = new Set([
  'longestItemVector',
  'longestUserVector',
  'notFinite',
  'objective',
  'objectiveOfZeros',
]);

/** Returns the sizes among a manifest's counts: `219 items, 238 users`. */
export function countsInWords(counts: Readonly<Record<string, unknown>>): string {
  return Object.entries(counts)
    .filter(([name, value]) => typeof value === 'number' && !COUNTS_OF_VERDICTS.has(name))
    .map(([name, value]) => `${count(value as number)} ${name}`)
    .join(', ');
}
