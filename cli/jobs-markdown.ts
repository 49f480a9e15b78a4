/** Makes `docs/jobs.md` from the declarations of the jobs: what each job does, and every setting that it takes. */
import type { Command } from 'commander';
import * as z from 'zod';
import { commonSettings } from '../shared/config/common-settings.ts';
import { factsOf } from '../shared/config/settings.ts';
import { type SettingRow, settingsTable } from '../shared/config/settings-readings.ts';
import type { AnyJob } from '../shared/job/job.ts';
import type { ModelTable } from '../shared/tables/model-table.ts';

/** @param commands job name → the command that runs it with the original's flags */
export function jobsMarkdown(jobs: readonly AnyJob[], commands: ReadonlyMap<string, Command>): string {
  const client = jobs.find(({ scope }) => scope === 'client')!;
  const common = settingsTable(client.settings).filter(({ name }) => isCommon(client, name));
  const sections = [
    HEAD,
    '## The jobs\n',
    table(['job', 'reads', 'writes', 'runtime node', 'what it does'], jobs.map(jobRow)),
    '## Common settings\n',
    settingRows(common),
    ...jobs.flatMap((job) => jobSection(job, common, commands.get(job.name))),
  ];
  return sections.join('\n');
}

const HEAD = `# Jobs and their settings

This page is written from the declarations in \`functions/*/job.ts\`, and a test compares the two.
\`npm test -- test/unit/cli/jobs-markdown.test.ts --update\` writes it anew.

A client's job runs with \`offline run <job> --client <client>\`. A setting comes from the last of these that has it:

1. the defaults below;
2. the JSON object at \`/all_clients/<client>/offline/<job>\`, in ZooKeeper or in the config root that stands for it;
3. the command line (\`--set key=value\`).

A string that spells a number or a boolean is accepted. A value out of range is an error. An unknown key after \`--set\` is wrong
usage (exit status 2). An unknown key in a node is reported and has no effect.
`;

const isCommon = (job: AnyJob, name: string): boolean =>
  Object.hasOwn(commonSettings, name) &&
  job.settings.shape[name] === commonSettings[name as keyof typeof commonSettings];

const jobRow = ({ name, scope, inputs, writes, activates, summary }: AnyJob): string[] => [
  `[${name}](#${name})`,
  scope === 'logs' ? 'raw logs' : inputs.folders.map(code).join(', '),
  code(`<client>/${writes}/<day>/`),
  activates === undefined ? '–' : code(activates),
  summary,
];

function jobSection(job: AnyJob, common: readonly SettingRow[], command: Command | undefined): string[] {
  const missing = common.filter(({ name }) => !isCommon(job, name)).map(({ name }) => code(name));
  const without = missing.length === 0 ? '' : ` but ${inSeries(missing)}`;
  const own = settingsTable(job.settings).filter(({ name }) => !isCommon(job, name));
  const withFields = own.flatMap((row) => [row, ...fieldsOf(job, row.name)]);
  return [
    `## ${job.name}\n`,
    `${job.summary} [Its README](../functions/${job.name}/README.md) says more.\n`,
    `It has all [common settings](#common-settings)${without}, and these:\n`,
    settingRows(withFields),
    ...(command === undefined ? [] : flags(command)),
    ...(job.tables === undefined ? [] : tablesOf(job.tables)),
  ];
}

function tablesOf(tables: readonly ModelTable[]): string[] {
  const rows = tables.flatMap(({ name, columns }) =>
    columns.map((column) => [code(name), code(column.name), kindOf(column), column.means]),
  );
  const summaries = tables.map(({ name, summary }) => `- ${code(name)}: ${summary}\n`);
  return [
    'Its tables for [`offline export`](export.md):\n',
    summaries.join(''),
    table(['table', 'column', 'type', 'the column is'], rows),
  ];
}

function kindOf({ type, list, nullable }: ModelTable['columns'][number]): string {
  if (list === 'same') return `vector of ${type}`;
  if (list === 'any') return `list of ${type}`;
  return nullable === true ? `${type} or null` : type;
}

/** Joins words: `a`; `a and b`; `a, b and c`. */
const inSeries = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Returns the fields of a setting that is a list of records, each as a setting. */
function fieldsOf(job: AnyJob, name: string): SettingRow[] {
  const { fields } = factsOf(job.settings.shape[name] as z.core.$ZodType);
  if (fields === undefined) return [];
  return settingsTable(z.object(fields)).map((row) => ({ ...row, name: `${name}[].${row.name}` }));
}

function flags(command: Command): string[] {
  const rows = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description }) => [code(flags), description]);
  return [`The command \`offline ${command.name()}\` takes the original's flags:\n`, table(['flag', 'meaning'], rows)];
}

const settingRows = (rows: readonly SettingRow[]): string =>
  table(
    ['setting', 'type', 'default', 'range', 'meaning'],
    rows.map(({ name, type, default: value, range, meaning }) => [
      code(name),
      type,
      NO_DEFAULT.has(value) ? value : code(value),
      range,
      meaning,
    ]),
  );

/** The words of `settingsTable` for a setting without a default. */
const NO_DEFAULT = new Set(['none', 'required']);

const code = (text: string): string => `\`${text}\``;

/** Returns a Markdown table. It ends with a newline, as every section does. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
