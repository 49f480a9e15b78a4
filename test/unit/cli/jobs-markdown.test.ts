import { expect, test } from 'vitest';
import { groupActionsCommand } from '../../../cli/commands/group-actions.ts';
import { jobsMarkdown } from '../../../cli/jobs-markdown.ts';
import { JOBS } from '../../../functions/index.ts';
import { settingsTable } from '../../../shared/config/settings-readings.ts';

const command = groupActionsCommand();
const markdown = jobsMarkdown(JOBS, new Map([[command.name(), command]]));

test('docs/jobs.md is what the declarations say', async () => {
  await expect(markdown).toMatchFileSnapshot(
    '../../../docs/jobs.md',
    'docs/jobs.md is stale: run this test with --update, which writes it anew',
  );
});

test.each(JOBS)('every setting of $name is in it, with its meaning', ({ name, settings }) => {
  const [, section] = markdown.split(`\n## ${name}\n`);
  const [, common] = markdown.split('\n## Common settings\n');
  const within = (text: string | undefined) => text!.split('\n## ')[0]!;
  for (const { name: setting, meaning } of settingsTable(settings)) {
    const row = (text: string) => text.split('\n').find((line) => line.startsWith(`| \`${setting}\` |`));
    expect(row(within(section)) ?? row(within(common)), setting).toContain(meaning.replaceAll('|', '\\|'));
  }
});
