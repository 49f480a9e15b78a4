/**
 * `npm start`: runs every job on real data, and needs only Node. It groups all days of two clients' raw logs, runs each
 * client's configured jobs over its last days, publishes and activates the models, and shows examples from them. A second
 * start resumes.
 */

import { availableParallelism } from 'node:os';
import { groupActions } from '../../functions/group-actions/job.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { type FoundModel, findModel } from '../../shared/answers/find-model.ts';
import { count } from '../../shared/in-words.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { largestMemory } from '../commands/run.ts';
import { sayHowToGoOn } from '../interrupted.ts';
import { WorkerPool } from '../local/pool.ts';
import { hasPublished, type PublishedOutcome, runDay } from '../local/run-day.ts';
import { type RunSummary, runLocally } from '../local/run-job.ts';
import { type Progress, seconds, watchRun, withProgress } from '../progress.ts';
import { dayReport, outcomeInWords } from '../report-day.ts';
import { fields, paragraph, table } from '../table.ts';
import { warn } from '../warnings.ts';
import { readNames } from './catalogue.ts';
import { catalogue, configure, type DemoClient, daysWithLogs, FILMS, logPattern, SHOP } from './clients.ts';
import { CUTOFF, type Evaluation, evaluate } from './evaluation.ts';
import { exportsReport } from './exports.ts';
import { CONFIG, DEMO, EXPORT, MODELS, shown } from './places.ts';
import { readPurchases } from './purchases.ts';
import { nextSteps, writeDemoReport } from './reports.ts';
import { clustersReport, type Names, neighboursReport, rulesReport, tagsReport } from './results.ts';

const CUSTOMERS = 3;
const ITEMS = 3;
/** The numbers of products of the customers that are shown: they show in a few lines what a customer likes. */
const SHOWN_PRODUCTS = { least: 20, most: 40 };

async function main(): Promise<void> {
  const started = performance.now();
  await using pool = new WorkerPool(availableParallelism(), Math.max(...JOBS.map(largestMemory)));
  const reports: string[] = [];
  const measured: Measured[] = [];
  const pages: string[] = [];
  for (const client of [SHOP, FILMS]) {
    const days = daysWithLogs(client);
    const grouped = await withProgress(`${client.name}: grouping ${days.length} days of raw logs`, (progress) =>
      groupAllDays(client, days, pool, progress),
    );
    const outcomes = await runJobs(client, days.at(-1)!, pool);
    const { evaluation } = await withProgress(`${client.name}: a second training, to measure recall`, (progress) =>
      evaluate(client, days, pool, watchRun(progress, 'matrix-factorization')),
    );
    measured.push({ client, evaluation });
    reports.push(groupingReport(client, grouped), dayReport(outcomes, { liveDays: liveDaysOf(outcomes) }));
    reports.push(await resultsReport(client, days, outcomes));
    pages.push(await writeDemoReport(client, days.at(-1)!));
  }
  const exports = await exportsReport(SHOP, daysWithLogs(SHOP).at(-1)!);
  reports.push(evaluationReport(measured), filesReport((performance.now() - started) / 1000));
  reports.push(exports, nextSteps(pages, SHOP.name, daysWithLogs(SHOP).at(-1)!));
  process.stdout.write(reports.join('\n'));
  // Popular films are recommended better than by any model that was tried, so the films cannot judge a model.
  const [ofShop] = measured;
  if (ofShop !== undefined && !isBetter(ofShop)) {
    process.stderr.write('ALS recommends no better than popularity on the shop, so the model is wrong\n');
    process.exitCode = 1;
  }
}

/** Groups a few days at a time, because each is too small to keep all workers busy. */
async function groupAllDays(
  client: DemoClient,
  days: readonly number[],
  pool: WorkerPool,
  progress: Progress,
): Promise<RunSummary[]> {
  const requestedAt = new Date().toISOString();
  const summaries: RunSummary[] = [];
  const left = [...days];
  const began = performance.now();
  const groupDays = async (): Promise<void> => {
    for (let day = left.shift(); day !== undefined; day = left.shift()) {
      const settings = { inputPathPattern: logPattern(client), startDay: day, outputPath: MODELS, gzipOutput: false };
      summaries.push(await runLocally(groupActions, { settings, requestedAt }, pool));
      const rate = summaries.length / ((performance.now() - began) / 1000);
      progress.now(`${summaries.length}/${days.length} days, ${rate.toFixed(0)}/s`);
    }
  };
  await Promise.all(Array.from({ length: pool.size * 2 }, groupDays));
  return summaries;
}

/**
 * Runs the client's configured jobs, each after the jobs whose outputs it reads.
 * @throws the error of the first job that failed
 */
async function runJobs(client: DemoClient, day: number, pool: WorkerPool): Promise<readonly PublishedOutcome[]> {
  await configure(client, day);
  const jobs = JOBS.filter(({ name }) => name in client.jobs);
  const input = { client: client.name, configRoot: CONFIG, requestedAt: new Date().toISOString() };
  const outcomes = await withProgress(
    `${client.name}: ${jobs.length} jobs over its last days`,
    (progress) =>
      runDay(
        jobs,
        (job) => runLocally(job, input, pool, watchRun(progress, job.name)),
        undefined,
        (outcome) => progress.ended(outcome.job, outcomeInWords(outcome)),
      ),
    { jobs: jobs.length },
  );
  return outcomes.map((outcome) => {
    if (!hasPublished(outcome)) throw Object.assign(new Error(outcome.error.message), { name: outcome.error.name });
    return outcome;
  });
}

/** Returns job → day of the models that are live after these runs. */
const liveDaysOf = (outcomes: readonly PublishedOutcome[]): Map<string, number> =>
  new Map(outcomes.flatMap(({ job, summary }) => (summary.activated === null ? [] : [[job, summary.day]])));

const sum = (summaries: readonly RunSummary[], name: string): number =>
  summaries.reduce((total, { manifest }) => total + Number(manifest.counts[name]), 0);

function groupingReport({ title, name }: DemoClient, days: readonly RunSummary[]): string {
  const there = days.filter((day) => day.alreadyDone).length;
  const cpu = days.flatMap((day) => day.steps).reduce((total, step) => total + step.cpuSeconds, 0);
  return [
    `${title}: client ${name}`,
    '',
    `${days.length} days grouped${there > 0 ? `, ${there} of them already there` : ''} (${seconds(cpu)} of CPU)`,
    paragraph(
      `${count(sum(days, 'read'))} lines read, ${count(sum(days, 'written'))} actions written, ` +
        `${count(sum(days, 'rejected'))} rejected, ${count(sum(days, 'repaired'))} user ids repaired, ${count(sum(days, 'dropped'))} dropped`,
      { indent: 2 },
    ),
    '',
  ].join('\n');
}

interface Measured {
  readonly client: DemoClient;
  readonly evaluation: Evaluation;
}

const isBetter = ({ evaluation }: Measured): boolean => evaluation.als > evaluation.popularity;

function evaluationReport(measured: readonly Measured[]): string {
  const rows = measured.map(({ client: { title, words }, evaluation: { users, als, popularity } }) => [
    title.replace(/,.*/, ''),
    `${count(users)} ${words.users}`,
    als.toFixed(3),
    popularity.toFixed(3),
  ]);
  const worse = measured.filter((one) => !isBetter(one));
  return [
    paragraph(
      `How well matrix factorization recommends: the last fifth of what each one bought or liked was left out of a second ` +
        `training. Recall@${CUTOFF} is the share of it among the first ${CUTOFF} recommendations.`,
    ),
    table([['data', 'measured with', 'matrix factorization', 'popularity'], ...rows], [2, 3], { indent: 2 }),
    ...worse.map(
      ({ client: { words } }) => `  Here popular ${words.items} are better recommendations than the model's.`,
    ),
    '',
  ].join('\n');
}

/** Shows results of each job that a person can judge. */
async function resultsReport(
  client: DemoClient,
  days: readonly number[],
  outcomes: readonly PublishedOutcome[],
): Promise<string> {
  const { words } = client;
  const names = readNames(catalogue(client));
  const lastDay = days.at(-1)!;
  const window = client.jobs['matrix-factorization']?.days as number;
  const purchases = await readPurchases(
    client.name,
    days.filter((day) => day > lastDay - window),
  );
  const items = mostBought([...purchases.values()]);
  const modelOf = (job: string): Promise<FoundModel> => publishedModel(client, job, lastDay);
  const sections: [job: string, title: string, report: (location: string) => Promise<string>][] = [
    [
      'matrix-factorization',
      'recommendations',
      async () => recommendations(client, await modelOf('matrix-factorization'), purchases, names),
    ],
    [
      'similar-items',
      `${words.items} that the same people ${words.take} (in files only, because no database is named)`,
      async () =>
        neighboursReport(await modelOf('similar-items'), items, `is ${words.took} by the same people as`, names),
    ],
    [
      'word2vec',
      `${words.items} of the same sessions`,
      async () => neighboursReport(await modelOf('word2vec'), items, 'has a vector like that of', names),
    ],
    ['fpgrowth', 'the strongest rules', (location) => rulesReport(location, names, words)],
    ['cluster-by-dimension', `clusters of ${words.users}`, (location) => clustersReport(location, words)],
    ['tagaffinity', `tags of ${words.users}`, (location) => tagsReport(location, words)],
  ];
  const texts: string[] = [];
  for (const [job, title, report] of sections) {
    const run = outcomes.find((outcome) => outcome.job === job)?.summary;
    if (run !== undefined)
      texts.push(`${paragraph(`${client.name}, ${job}: ${title}`)}\n${await report(run.output)}\n`);
  }
  return texts.join('\n');
}

/** Returns the items by the number of users that bought them, the largest number first (ties: the smaller id). */
function mostBought(purchases: readonly (readonly number[])[]): number[] {
  const buyers = new Map<number, number>();
  for (const item of purchases.flat()) buyers.set(item, (buyers.get(item) ?? 0) + 1);
  const byBuyers = [...buyers].sort(([a, ofA], [b, ofB]) => ofB - ofA || a - b);
  return byBuyers.slice(0, ITEMS).map(([item]) => item);
}

/** Finds the model of a day, as `offline recommend --day` does. */
const publishedModel = async ({ name }: DemoClient, job: string, day: number): Promise<FoundModel> =>
  findModel({
    client: name,
    job: jobNamed(job),
    store: await openStore(MODELS),
    openStore,
    day,
    now: new Date(),
    warn,
  });

async function recommendations(
  { words }: DemoClient,
  { model, job: { recommender } }: FoundModel,
  purchases: ReadonlyMap<number, readonly number[]>,
  names: Names,
): Promise<string> {
  const { least, most } = SHOWN_PRODUCTS;
  const customers = [...purchases]
    .filter(([, items]) => items.length >= least && items.length <= most)
    .sort(([a], [b]) => a - b);
  const name = (item: number | undefined) => (item === undefined ? '' : (names.get(item) ?? `item ${item}`));
  const blocks: string[] = [];
  for (const [user, items] of customers) {
    const ranking = await recommender!.recommend(model, user, new Set(items), 5);
    if (!ranking.isKnown) continue;
    const rows = ranking.best.map(({ key }, place) => [name(items[place]), name(key)]);
    const head = [`${words.user} ${user} ${words.took} (5 of ${items.length})`, 'and is recommended'];
    if (blocks.push(table([head, ...rows], [], { indent: 2 })) === CUSTOMERS) break;
  }
  return blocks.join('\n\n');
}

const filesReport = (took: number): string =>
  [
    'Files',
    fields(
      [
        [shown(MODELS), 'a folder for each client and job, with a folder for each day'],
        [shown(EXPORT), 'tables for other programs, as `offline export` writes them'],
        [shown(CONFIG), 'stands for ZooKeeper: settings of the jobs, and where the active models are'],
      ],
      { indent: 2 },
    ),
    `Done in ${seconds(took)}. To start afresh: rm -r ${shown(DEMO)}`,
    '',
  ].join('\n');

const stop = sayHowToGoOn(() => undefined);
try {
  await main();
} catch (error) {
  const { name, message, stack } = thrownError(error);
  process.stderr.write(`${process.argv.includes('--verbose') ? stack : `${name}: ${message}`}\n`);
  process.exitCode = 1;
} finally {
  stop();
}
