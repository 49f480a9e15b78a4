import { expect, test } from 'vitest';
import { groupActionsCommand } from '../../../cli/commands/group-actions.ts';
import { jobsMarkdown } from '../../../cli/jobs-markdown.ts';
import { JOBS } from '../../../functions/index.ts';
import { settingsTable } from '../../../shared/config/settings-readings.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { expectDerivedFile } from '../../helpers/derived-file.ts';

const command = groupActionsCommand();
const markdownOf = (jobs: readonly AnyJob[]) => jobsMarkdown(jobs, new Map([[command.name(), command]]));
const markdown = markdownOf(JOBS);

test('docs/jobs.md agrees with the declarations', () => expectDerivedFile('docs/jobs.md', JOBS, markdownOf));

test.each(JOBS)('Every setting of $name is described with its meaning', ({ name, settings }) => {
  const [, section] = markdown.split(`\n## ${name}\n`);
  const [, common] = markdown.split('\n## Common settings\n');
  const within = (text: string | undefined) => text!.split('\n## ')[0]!;
  for (const { name: setting, meaning } of settingsTable(settings)) {
    const row = (text: string) => text.split('\n').find((line) => line.startsWith(`| \`${setting}\` |`));
    expect(row(within(section)) ?? row(within(common)), setting).toContain(meaning.replaceAll('|', '\\|'));
  }
});
