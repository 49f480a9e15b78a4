/** `offline validate <job> …`: checks a configuration without running anything. */

import { Command } from 'commander';
import { loadJob } from '../../functions/registry.ts';
import { checkClient } from '../../shared/activation/register.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { type ConfigSources, checkConfig } from '../../shared/config/read-config.ts';
import { maskSettings } from '../../shared/config/settings-readings.ts';
import { defined } from '../../shared/defined.ts';
import { UsageError } from '../../shared/errors.ts';
import { readNode } from '../../shared/job/gather.ts';
import type { Settings } from '../../shared/job/job.ts';
import { type ConfigOptions, runInput, withConfigOptions, withJobArgument } from '../options.ts';
import { checkSetKeys } from '../set-keys.ts';

export function validateCommand(): Command {
  return withConfigOptions(
    withJobArgument(new Command('validate'))
      .description('check a configuration without running')
      .option('--client <name>', 'the client whose node is checked'),
  ).action(async (name: string, options: ConfigOptions & { client?: string; json?: boolean }) => {
    const job = await loadJob(name);
    checkSetKeys([job], options.set);
    const input = runInput(options.client, options, [job]);
    if (input.configRoot !== undefined && options.client === undefined && job.scope === 'client') {
      throw new UsageError('whose configuration? Give --client with --zookeeper or --config-root');
    }
    if (input.configRoot !== undefined && options.client !== undefined) {
      await using root = await openConfigRoot(input.configRoot);
      await checkClient(root, options.client, false);
    }
    const node = await readNode(job, input, openConfigRoot);
    const checked = checkConfig({
      schema: job.settings,
      jobName: job.name,
      ...defined<Pick<ConfigSources<Settings>, 'node'>>({ node }),
      overrides: input.settings ?? {},
    });
    const settings = checked.settings ? maskSettings(job.settings, checked.settings) : null;
    const { problems } = checked;
    const warnings = [...checked.warnings, ...((checked.settings && job.warnings?.(checked.settings)) ?? [])];
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ valid: problems.length === 0, problems, warnings, settings })}\n`);
    else if (settings) process.stdout.write(`${job.name}: valid\n${JSON.stringify(settings, null, 2)}\n`);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    if (problems.length > 0) process.exitCode = 2;
  });
}
