/**
 * Whole jobs, as the command line runs them, against their parts: what a job adds to kernel, gunzip, parsing and gzip.
 *
 * A job's figure is its whole process: start-up, planning, shuffles, hashes, publishing. Its parts each run by themselves on
 * the same bytes, in the same round, and are charged at what they take there.
 */
import type { KernelRun } from './children/als-kernel.ts';
import type { Data } from './data.ts';
import { filesIn } from './files.ts';
import { groupedFolder, prepareActions } from './grouped.ts';
import { collectorFolder, logsPattern } from './logs.ts';
import { inTurns, type Measured, type Measurement, type Outcome, runNode } from './measure.ts';
import { groupActions, JOB_SETTINGS, matrixFactorization } from './offline.ts';
import { CLIENT, DAY } from './places.ts';
import { type Contender, isMeasured, type Row, type Section } from './section.ts';

const OVERHEAD_AT_MOST = 1.3;
const PEAK_MB_AT_MOST = 1_536;

/** One worker: parts are charged at one thread's rate, so the job is too. */
const ONE_WORKER = { workers: 1 } as const;

export async function job(data: Data): Promise<Section> {
  await prepareActions(data);
  const plain = groupedFolder(data, 'plain');
  const gzip = groupedFolder(data, 'gzip');
  const output = `${data.folder}/models`;
  const grouped = `${data.folder}/grouped-again`;
  const rawLogs = filesIn(collectorFolder(`${data.folder}/logs`), '.gz');
  const kernel: KernelRun = { folder: data.folder, ...JOB_SETTINGS, solver: 'exact', regularization: 'by count' };
  const factorTexts = ['userFeatures.txt', 'productFeatures.txt'].map(
    (name) => `${output}/${CLIENT}/matrix-factorization/${DAY}/${name}`,
  );
  const part = (name: string, paths: readonly string[]) => () => runNode<Measurement>(name, { paths });
  const partFiles = (folder: string, suffix: string) => filesIn(`${folder}/${CLIENT}/actions/${DAY}`, suffix);

  const outcomes = await inTurns({
    plainJob: () => matrixFactorization(plain, output, ONE_WORKER),
    gzipJob: () => matrixFactorization(gzip, output, ONE_WORKER),
    kernel: () => runNode<Measurement>('als-kernel', kernel),
    gunzip: part('gunzip', partFiles(gzip, '.gz')),
    parse: part('parse-lines', partFiles(plain, '')),
    gzip: part('gzip', factorTexts),
    groupJob: () => groupActions(logsPattern(`${data.folder}/logs`), grouped, true, ONE_WORKER),
    gunzipLogs: part('gunzip', rawLogs),
    parseLogs: part('parse-logs', rawLogs),
    gzipActions: part('gzip', partFiles(plain, '')),
    defaultJob: () => matrixFactorization(plain, output, { workers: 2 }),
  });
  const { plainJob, gzipJob, groupJob, defaultJob } = outcomes;
  const target = { atMost: OVERHEAD_AT_MOST };
  const { kernel: sweeps, parse, gunzip, gzip: compress, gunzipLogs, parseLogs, gzipActions } = outcomes;
  const rows: Row[] = [
    { what: 'job / parts, plain files', ...share(plainJob, [sweeps, parse, compress]), target },
    { what: 'job / parts, gzip files', ...share(gzipJob, [sweeps, gunzip, parse, compress]), target },
    { what: 'peak of the default run, MiB', ...peak(defaultJob), target: { atMost: PEAK_MB_AT_MOST }, decimals: 0 },
    { what: 'group-actions / parts', ...share(groupJob, [gunzipLogs, parseLogs, gzipActions]) },
  ];
  const contenders: Contender[] = [
    { name: 'matrix-factorization, plain files, 1 worker', outcome: plainJob },
    { name: 'matrix-factorization, gzip files, 1 worker', outcome: gzipJob },
    { name: 'matrix-factorization, plain files, 2 workers', outcome: defaultJob },
    { name: '– kernel, 5 sweeps', outcome: sweeps },
    { name: '– gunzip of the actions', outcome: gunzip },
    { name: '– parsing of the actions', outcome: parse },
    { name: '– gzip of the factors', outcome: compress },
    { name: 'group-actions, gzip to gzip, 1 worker', outcome: groupJob },
    { name: '– gunzip of the logs', outcome: gunzipLogs },
    { name: '– parsing of the logs', outcome: parseLogs },
    { name: '– gzip of the actions', outcome: gzipActions },
  ];
  return {
    title: `Whole jobs on ${data.actions} actions, ${data.pairs} pairs`,
    text:
      `matrix-factorization at rank ${JOB_SETTINGS.rank}, ${JOB_SETTINGS.iterations} sweeps, exact; group-actions over the raw logs ` +
      'of the same actions. A job is its whole process, each part runs by itself. Putting actions in order is all that ' +
      'group-actions is for, and is no part here: nothing is promised of its ratio.',
    rows,
    contenders,
  };
}

/** A job's CPU seconds over the sum of its parts'. */
function share(whole: Outcome, parts: readonly Outcome[]): Pick<Row, 'ratio' | 'note'> {
  const all = [whole, ...parts];
  const failed = all.find((outcome) => !isMeasured(outcome));
  if (failed !== undefined)
    return { ratio: undefined, note: `not measured: ${'failed' in failed ? failed.failed : ''}` };
  const [above, ...below] = all.map((outcome) => (outcome as Measured).cpuSeconds);
  const sum = below.reduce((total, seconds) => total + seconds, 0);
  const terms = below.map((seconds) => seconds.toFixed(2)).join(' + ');
  return { ratio: (above as number) / sum, note: `${above?.toFixed(2)} s / (${terms}) s` };
}

function peak(outcome: Outcome): Pick<Row, 'ratio' | 'note'> {
  if (!isMeasured(outcome)) return { ratio: undefined, note: `not measured: ${outcome.failed}` };
  return { ratio: outcome.peakMemoryMb, note: 'the whole process' };
}
