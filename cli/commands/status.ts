/**
 * `offline status [--start-day N]` shows what an output root holds. `offline status --env E [--start-day N]` shows the days
 * of a deployed pipeline, or the clients and jobs of one day.
 */
import { Command } from 'commander';
import { JOBS } from '../../functions/index.ts';
import { clientsInWords } from '../../shared/clients-in-words.ts';
import { commonSettings } from '../../shared/config/common-settings.ts';
import { factsOf } from '../../shared/config/settings.ts';
import { UsageError } from '../../shared/errors.ts';
import { count, dayInWords } from '../../shared/in-words.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { rootOfNodes } from '../days-request.ts';
import { type LocalStatus, localStatus } from '../local/status.ts';
import { absoluteLocation, configRootOf, dayOption } from '../options.ts';
import { refusePlaces } from '../remote/own-places.ts';
import type { ExecutionReport } from '../remote/remote.ts';
import { type DayStatus, dayStatus, recentDays } from '../remote/status.ts';
import { countsInWords, writeResult } from '../report.ts';
import { table } from '../table.ts';

const DAYS_SHOWN = 10;

interface Options {
  readonly env?: string;
  readonly outputPath?: string;
  readonly zookeeper?: string;
  readonly configRoot?: string;
  readonly client?: string;
  readonly startDay?: number;
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('show what is published and what was begun, in an output root or (with --env) in a deployed pipeline')
    .option('--env <name>', 'the environment that is deployed; without it, an output root is shown')
    .option('--output-path <root>', 'root of the outputs: a folder or s3://bucket/prefix')
    .option('--zookeeper <hosts>', 'ZooKeeper hosts, host:port,…: the root that the jobs’ nodes name is shown')
    .option('--config-root <location>', 'a folder or s3:// prefix that stands for ZooKeeper')
    .option('--client <name>', 'without --env: this client only')
    .option('--start-day <day>', 'this day: 2011-12-09, 20111209 or 15317', dayOption)
    .action(async (options: Options) => {
      const { env, json } = options;
      if (env === undefined) {
        const status = await statusOfRoot(options);
        const nothing = json ? '' : await nothingIn(status, options);
        writeResult(status, json, () => localReport(status, nothing));
        return;
      }
      refusePlaces(options);
      if (options.client !== undefined) {
        throw new UsageError('--client is for the output root of this machine: leave --env out');
      }
      await tellOfEnvironment(env, options);
    });
}

/** Returns the options without those that choose a part of the root. */
const rootOf = ({ client: _client, startDay: _startDay, ...places }: Options): Options => places;

async function statusOfRoot({ client, startDay, ...places }: Options): Promise<LocalStatus> {
  const { configRoot } = configRootOf(places);
  const named =
    configRoot === undefined || places.outputPath !== undefined ? undefined : await rootOfNodes(undefined, configRoot);
  const root = places.outputPath ?? named ?? String(factsOf(commonSettings.outputPath).default);
  return localStatus(await openStore(absoluteLocation(root)), JOBS, { client: client ?? null, day: startDay ?? null });
}

async function tellOfEnvironment(env: string, { startDay, json }: Options): Promise<void> {
  const { remoteOnAws } = await import('../remote/aws.ts');
  const remote = remoteOnAws(env);
  if (startDay === undefined) {
    const days = await recentDays(remote, DAYS_SHOWN);
    writeResult(days, json, daysReport);
    return;
  }
  const status = await dayStatus(remote, startDay, JOBS, await openStore(await remote.outputRoot()));
  writeResult(status, json, dayReport);
}

/** Looks at the whole root when nothing is published that the options ask for. */
async function nothingIn({ published }: LocalStatus, options: Options): Promise<string> {
  return published.length > 0 ? '' : nothingInWords(await statusOfRoot(rootOf(options)), options);
}

/** Says what the root holds in place of what the options ask for. @param all the whole root's status */
export function nothingInWords(all: LocalStatus, { client, startDay }: Pick<Options, 'client' | 'startDay'>): string {
  const { root, published } = all;
  const elsewhere = '(--output-path names another root)';
  if (published.length === 0) return `nothing is published under ${root} ${elsewhere}`;
  const clients = [...new Set(published.map((found) => found.client))];
  const isThere = client === undefined || clients.includes(client);
  if (!isThere) return `no client ${client} under ${root}, but ${clientsInWords(client, clients)} ${elsewhere}`;
  const of = published.filter((found) => client === undefined || found.client === client);
  const newest = Math.max(...of.map(({ day }) => day));
  const asked = startDay === undefined ? '' : ` of day ${dayInWords(startDay)}`;
  return `nothing${asked} is published under ${root}: the newest day is ${dayInWords(newest)} ${elsewhere}`;
}

/** @param nothing says what the root holds instead; '' when something is published that the options ask for */
export function localReport({ root, published, unfinished, reports }: LocalStatus, nothing: string): string {
  if (published.length === 0 && unfinished.length === 0) return `${nothing}\n`;
  const rows = published.map(({ client, job, day, days, run, counts, damaged }) => [
    client,
    job,
    dayInWords(day),
    count(days),
    run ?? '',
    damaged ?? (counts === null ? 'of another system, or not whole' : countsInWords(counts)),
  ]);
  const begun = unfinished.map((run) => [run.job, run.client ?? '(all)', run.run, run.step ?? '', count(run.objects)]);
  return [
    `under ${root}`,
    '',
    ...(rows.length === 0 ? [nothing] : [table([['client', 'job', 'day', 'days', 'run', ''], ...rows], [3])]),
    ...(begun.length === 0
      ? []
      : [
          '',
          'begun, and not finished: it is running, or the same command resumes it',
          table([['job', 'client', 'run', 'step', 'objects'], ...begun], [4]),
        ]),
    ...(reports.length === 0 ? [] : ['', 'newest reports', ...reports.map((key) => `  ${root}/${key}`)]),
    '',
  ].join('\n');
}

const minutes = (time: string | null): string => (time === null ? '' : time.slice(0, 16).replace('T', ' '));

export function daysReport(days: readonly ExecutionReport[]): string {
  if (days.length === 0) return 'no day has been run yet\n';
  const rows = days.map(({ input, status, started, stopped, cause }) => [
    ...[
      typeof input.day === 'number' ? dayInWords(input.day) : '',
      String(input.attempt),
      status,
      minutes(started),
      minutes(stopped),
      cause?.split('\n')[0] ?? '',
    ],
  ]);
  return `${table([['day', 'attempt', 'status', 'started', 'ended', ''], ...rows], [0, 1])}\n`;
}

export function dayReport(of: DayStatus): string {
  const { day, run, attempt, status, started, stopped, clients, jobs, cause } = of;
  const lines = [
    run === null
      ? `day ${dayInWords(day)}: not started${jobs.length === 0 ? '' : ' as a whole; jobs started by hand:'}`
      : `day ${dayInWords(day)}: ${status} (run ${run}, attempt ${attempt})`,
    ...(started === null ? [] : [`  ${minutes(started)} to ${stopped === null ? 'now' : minutes(stopped)}`]),
    ...(run === null
      ? []
      : [
          `  clients: ${count(clients.total)}, done ${count(clients.done)}, failed ${count(clients.failed)}`,
          ...keptInWords(clients.kept),
        ]),
  ];
  const rows = jobs.map((job) => [
    ...[job.client ?? '(all)', job.job, job.status, job.step ?? ''],
    job.shards === null
      ? ''
      : `${job.shards.done}/${job.shards.total}${job.shards.failed > 0 ? `, ${job.shards.failed} failed` : ''}`,
    job.error === null ? '' : `${job.error.name}: ${job.error.message.split('\n')[0]}`,
  ]);
  if (rows.length > 0) lines.push('', table([['client', 'job', 'status', 'step', 'shards', 'error'], ...rows]));
  lines.push(...reportsInWords(of));
  if (cause !== null) lines.push('', cause);
  return `${lines.join('\n')}\n`;
}

/** The most reports that are listed. With `--json` there are more. */
const REPORTS_SHOWN = 10;

/** Returns the places of the reports, one a line; no line when there is none. */
function reportsInWords({ reports, unreported }: Pick<DayStatus, 'reports' | 'unreported'>): string[] {
  const more = reports.length - REPORTS_SHOWN;
  const none = unreported === 1 ? '1 client has no report' : `${count(unreported)} clients have no report`;
  return [
    ...(reports.length === 0 ? [] : ['', 'reports', ...reports.slice(0, REPORTS_SHOWN).map((place) => `  ${place}`)]),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
    ...(unreported === 0 ? [] : ['', `${none} (the log of the function daily-report says why)`]),
  ];
}

/** Returns no line when no model was kept from going live. */
const keptInWords = (kept: number): string[] =>
  kept === 0 ? [] : [`  of ${count(kept)} clients models were kept from going live: the old ones stay`];
