/**
 * `offline logs --env E --client C [--job J] [--start-day N]`: shows the states and failures of the executions of a client's
 * jobs, from the histories of Step Functions. The functions' own lines are in CloudWatch Logs, in a group for each function.
 */
import { Command } from 'commander';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { dayInWords } from '../../shared/in-words.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import { dayOption } from '../options.ts';
import { type ClientLog, clientLogs } from '../remote/logs.ts';
import { writeResult } from '../report.ts';

interface Options {
  readonly env: string;
  readonly client: string;
  readonly job?: string;
  readonly startDay?: number;
  readonly json?: boolean;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description("the states and failures that a client's jobs went through in a deployed pipeline")
    .requiredOption('--env <name>', 'the environment that is deployed')
    .requiredOption('--client <name>', 'the client')
    .option('--job <name>', 'this job only')
    .option('--start-day <day>', 'this day only: 2011-12-09, 20111209 or 15317', dayOption)
    .action(async ({ env, client, job, startDay, json }: Options) => {
      const { remoteOnAws } = await import('../remote/aws.ts');
      const jobs: readonly AnyJob[] =
        job === undefined ? JOBS.filter(({ scope }) => scope === 'client') : [jobNamed(job)];
      const logs = await clientLogs(remoteOnAws(env), jobs, client, startDay);
      writeResult(logs, json, () =>
        logs.length === 0 ? `no execution of ${client} is among the latest\n` : logs.map(inWords).join('\n'),
      );
      process.stderr.write(
        `The functions’ own log lines are in CloudWatch Logs, in the groups /aws/lambda/offline-${env}-<job>-<step>.\n` +
          'The jobs of a folded day have no executions. Their lines are in the groups ' +
          `/aws/lambda/offline-${env}-daily-configure, …-daily-fold and …-daily-activate. Those of its report are in …-daily-report.\n`,
      );
    });
}

function inWords({ job, day, execution, plan, lines }: ClientLog): string {
  return [
    `${job}, day ${day === null ? 'not given' : dayInWords(day)}: ${execution.status} (${execution.name})`,
    ...(plan === null ? [] : [`  work area: ${plan}`]),
    ...lines.map(({ time, event, detail }) => `  ${time}  ${event === 'state' ? detail : `${event}  ${detail}`}`),
    '',
  ].join('\n');
}
