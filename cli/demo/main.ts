/**
 * `npm start`: the main job on real data, with nothing but Node. Groups all days of Online Retail's logs, trains matrix
 * factorization over the last 90, publishes and activates it, and shows what came of it. A second start resumes.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { groupActions } from '../../functions/group-actions/job.ts';
import { matrixFactorization } from '../../functions/matrix-factorization/job.ts';
import { readActivation } from '../../shared/activation/activate.ts';
import { configNode } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import { largestMemory } from '../commands/run.ts';
import { WorkerPool } from '../local/pool.ts';
import { type RunSummary, runLocally } from '../local/run-job.ts';
import { type Progress, seconds, watchRun, withProgress } from '../progress.ts';
import { bytes, count, stepTable, table } from '../report.ts';
import { readNames } from './catalogue.ts';
import { CUTOFF, type Evaluation, evaluate } from './evaluation.ts';
import { CATALOGUE, CLIENT, CONFIG, DEMO, daysWithLogs, LOG_PATTERN, MODELS, shown } from './places.ts';
import { readPurchases } from './purchases.ts';
import { readModel, recommend } from './recommend.ts';

const WINDOW_DAYS = 90;
const CUSTOMERS = 3;
/** Customers with this many products show in a few lines what they like. */
const SHOWN_PRODUCTS = { least: 20, most: 40 };

async function main(): Promise<void> {
  const started = performance.now();
  const requestedAt = new Date().toISOString();
  const days = daysWithLogs();
  const lastDay = days.at(-1) as number;
  await using pool = new WorkerPool(availableParallelism(), largestMemory(matrixFactorization));

  const grouped = await withProgress(`group-actions: ${days.length} days of raw logs`, (progress) =>
    groupAllDays(days, requestedAt, pool, progress),
  );
  await configure(lastDay);
  const trained = await withProgress(`matrix-factorization: the last ${WINDOW_DAYS} days`, (progress) =>
    runLocally(matrixFactorization, { client: CLIENT, configRoot: CONFIG, requestedAt }, pool, watchRun(progress)),
  );
  const { evaluation, alreadyDone } = await withProgress(
    'evaluation: a second training, unpublished, less the last fifth of what each customer bought',
    (progress) => evaluate(days, pool, watchRun(progress)),
  );
  process.stdout.write(
    [
      groupingReport(grouped),
      trainingReport(trained),
      evaluationReport(evaluation, alreadyDone),
      await recommendationsReport(days.filter((day) => day > lastDay - WINDOW_DAYS)),
      filesReport(trained, (performance.now() - started) / 1000),
    ].join('\n'),
  );
  if (evaluation.als <= evaluation.popularity) {
    process.stderr.write('ALS recommends no better than popularity on this data: the model is wrong\n');
    process.exitCode = 1;
  }
}

/** A few days at a time: each is too small to keep all workers busy. */
async function groupAllDays(
  days: readonly number[],
  requestedAt: string,
  pool: WorkerPool,
  progress: Progress,
): Promise<RunSummary[]> {
  const summaries: RunSummary[] = [];
  const left = [...days];
  const began = performance.now();
  const groupDays = async (): Promise<void> => {
    for (let day = left.shift(); day !== undefined; day = left.shift()) {
      const settings = { inputPathPattern: LOG_PATTERN, startDay: day, outputPath: MODELS, gzipOutput: false };
      summaries.push(await runLocally(groupActions, { settings, requestedAt }, pool));
      const rate = summaries.length / ((performance.now() - began) / 1000);
      progress.now(`${summaries.length}/${days.length} days, ${rate.toFixed(0)}/s`);
    }
  };
  await Promise.all(Array.from({ length: pool.size * 2 }, groupDays));
  return summaries;
}

/** What an operator would put into ZooKeeper for this client. */
async function configure(lastDay: number): Promise<void> {
  await using root = await openConfigRoot(CONFIG);
  const node = configNode(CLIENT, matrixFactorization.name);
  const wanted = JSON.stringify(
    { inputPath: MODELS, outputPath: MODELS, startDay: lastDay, days: WINDOW_DAYS, activate: true },
    null,
    2,
  );
  const held = await root.read(node);
  if (held === undefined) await root.create(node, wanted);
  else if (held.data !== wanted) await root.set(node, wanted, held.version);
}

const sum = (summaries: readonly RunSummary[], name: string): number =>
  summaries.reduce((total, { manifest }) => total + (manifest.counts[name] as number), 0);

function groupingReport(days: readonly RunSummary[]): string {
  const there = days.filter((day) => day.alreadyDone).length;
  const cpu = days.flatMap((day) => day.steps).reduce((total, step) => total + step.cpuSeconds, 0);
  return [
    `Grouping: ${days.length} days${there > 0 ? `, ${there} of them already there` : ''} (${seconds(cpu)} of CPU)`,
    `  ${count(sum(days, 'read'))} lines read, ${count(sum(days, 'written'))} actions written, ` +
      `${count(sum(days, 'rejected'))} rejected, ${count(sum(days, 'repaired'))} user ids repaired, ${count(sum(days, 'dropped'))} dropped`,
    '',
  ].join('\n');
}

function trainingReport(run: RunSummary): string {
  const { users, items, pairs, lines, rejected } = run.manifest.counts as Record<string, number>;
  const head = run.alreadyDone
    ? `Matrix factorization: already there, made by run ${run.run}`
    : `Matrix factorization: ${seconds(run.seconds)}`;
  return [
    head,
    `  ${count(lines as number)} actions read, ${count(rejected as number)} rejected; ` +
      `${count(users as number)} users × ${count(items as number)} items, ${count(pairs as number)} pairs`,
    ...(run.alreadyDone ? [] : [stepTable(run).replace(/^/gm, '  ')]),
    '',
  ].join('\n');
}

const evaluationReport = ({ als, popularity, users }: Evaluation, alreadyDone: boolean): string =>
  [
    `Recall@${CUTOFF}, over ${count(users)} customers${alreadyDone ? ' (measured before)' : ''}`,
    `  ALS ${als.toFixed(3)}, popularity ${popularity.toFixed(3)}: ${(als / popularity).toFixed(1)} times as good`,
    '',
  ].join('\n');

async function recommendationsReport(days: readonly number[]): Promise<string> {
  await using root = await openConfigRoot(CONFIG);
  const location = (await readActivation(root, CLIENT, 'mf')) as string;
  const model = await readModel(location);
  const names = readNames(CATALOGUE);
  const purchases = await readPurchases(days);
  const { least, most } = SHOWN_PRODUCTS;
  const customers = [...purchases]
    .filter(([user, items]) => items.length >= least && items.length <= most && model.users.rows.has(user))
    .sort(([a], [b]) => a - b)
    .slice(0, CUSTOMERS);
  const name = (item: number | undefined) => (item === undefined ? '' : (names.get(item) ?? `item ${item}`));
  const blocks = customers.map(([user, items]) => {
    const recommended = recommend(model, user, new Set(items), 5);
    const rows = recommended.map((item, place) => [name(items[place]), name(item)]);
    return table([[`customer ${user} bought (5 of ${items.length})`, 'and is recommended'], ...rows]).replace(
      /^/gm,
      '  ',
    );
  });
  return `Recommendations, from the activated model\n${blocks.join('\n\n')}\n`;
}

function filesReport(run: RunSummary, took: number): string {
  const files = run.manifest.files.map(({ name, size }) => `  ${shown(join(run.output, name))}  (${bytes(size)})`);
  return [
    'Where things are',
    ...files,
    `  ${shown(join(CONFIG, 'all_clients', CLIENT, 'mf'))}  stands for the ZooKeeper node, and holds the model's location`,
    `  ${shown(join(MODELS, CLIENT, 'actions'))}  grouped actions, a folder a day`,
    `Done in ${seconds(took)}. To start afresh: rm -r ${shown(DEMO)}`,
    '',
  ].join('\n');
}

try {
  await main();
} catch (error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${process.argv.includes('--verbose') ? stack : `${name}: ${message}`}\n`);
  process.exitCode = 1;
}
