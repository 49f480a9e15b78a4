/** The report of a run, the counts of other reports, and the output of a command's result. */
import { count, dayInWords, inBytes } from '../shared/in-words.ts';
import type { RunSummary } from './local/run-job.ts';
import { seconds } from './progress.ts';
import { fields, paragraph, table } from './table.ts';

/** Writes a result to standard output, as JSON with the option `--json`, and otherwise as the text of `inWords`. */
export function writeResult<T>(result: T, asJson: boolean | undefined, inWords: (result: T) => string): void {
  process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : inWords(result));
}

/** Reports a run in a few lines: what it read and wrote, where its output is, and what it used. */
export function runReport(summary: RunSummary): string {
  const { manifest, activated, verdict, notActivated } = summary;
  const of = summary.client === null ? '' : ` of ${summary.client}`;
  const { folders } = manifest.counts;
  const facts: [name: string, value: string][] = [
    ['counts', countsInWords(manifest.counts)],
    ['output', summary.output],
    ...(Array.isArray(folders) ? [['folders', foldersInWords(folders)] as [string, string]] : []),
    ['files', manifest.files.map((file) => `${file.name} (${inBytes(file.size)})`).join(', ') || 'none'],
  ];
  if (activated !== null) facts.push(['activated', activated]);
  if (verdict !== null) facts.push(['verdict', verdict]);
  if (notActivated !== null) facts.push(['not activated', notActivated]);
  const outcome = summary.alreadyDone
    ? `already there, made by run ${summary.run}; nothing to do`
    : `done in ${seconds(summary.seconds)} (run ${summary.run})`;
  const lines = [
    paragraph(`${summary.job}${of}, day ${dayInWords(summary.day)}: ${outcome}`),
    fields(facts, { indent: 2 }),
  ];
  if (!summary.alreadyDone) lines.push('', stepTable(summary, 2));
  return `${lines.join('\n')}\n`;
}

/** The most folders that are listed. A run over all clients writes a folder for each client. */
const FOLDERS_SHOWN = 5;

function foldersInWords(folders: readonly unknown[]): string {
  const more = folders.length > FOLDERS_SHOWN ? ` and ${count(folders.length - FOLDERS_SHOWN)} more` : '';
  return folders.length === 0 ? 'none' : `${folders.slice(0, FOLDERS_SHOWN).join(', ')}${more}`;
}

export const stepTable = (summary: RunSummary, indent = 0): string =>
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
    { indent },
  );

/** The counts that describe a training. The verdict reads them. They are no sizes, so a report leaves them out. */
const COUNTS_OF_VERDICTS = new Set([
  'longestItemVector',
  'longestUserVector',
  'notFinite',
  'objective',
  'objectiveOfZeros',
]);

/** Returns the sizes among a manifest's counts, in their order: those that a report shows. */
export const sizesIn = (counts: Readonly<Record<string, unknown>>): [name: string, size: number][] =>
  Object.entries(counts).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && !COUNTS_OF_VERDICTS.has(entry[0]),
  );

/** Returns `users with many tags` for `usersWithManyTags`. */
export const nameInWords = (name: string): string =>
  name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Returns the sizes among a manifest's counts: `219 items, 238 users`. */
export const countsInWords = (counts: Readonly<Record<string, unknown>>): string =>
  sizesIn(counts)
    .map(([name, size]) => `${count(size)} ${nameInWords(name)}`)
    .join(', ');
