/** `offline jobs` lists the jobs, and `offline config <job>` lists the settings of one. */
import { Command } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { settingsTable } from '../../shared/config/settings-readings.ts';
import { withJobArgument } from '../options.ts';
import { writeResult } from '../report.ts';
import { table } from '../table.ts';

export function jobsCommand(): Command {
  return new Command('jobs').description('list the jobs').action((options: { json?: boolean }) => {
    const jobs = JOBS.map(({ name, summary, inputs, writes, activates }) => ({
      name,
      summary,
      reads: inputs.folders,
      writes,
      activates: activates ?? null,
    }));
    const rows = jobs.map((job) => [job.name, job.reads.join(', ') || 'raw logs', job.activates ?? '-', job.summary]);
    writeResult(jobs, options.json, () => `${table([['job', 'reads', 'activates', 'what it does'], ...rows])}\n`);
  });
}

export function configCommand(): Command {
  return withJobArgument(new Command('config'))
    .description("a job's settings: default, range, meaning")
    .action((name: string, options: { json?: boolean }) => {
      const settings = settingsTable(jobNamed(name).settings);
      const rows = settings.map((row) => [row.name, row.type, row.default, row.range, row.meaning]);
      const head = ['setting', 'type', 'default', 'range', 'meaning'];
      writeResult(settings, options.json, () => `${table([head, ...rows])}\n`);
    });
}
