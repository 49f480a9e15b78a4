/** The reports of the commands on live models. */
import { estimateInWords, placesInWords, type Quality, recallChangeInWords } from '../shared/evaluation/quality.ts';
import { count, dayInWords } from '../shared/in-words.ts';
import type { CommandResult } from '../shared/live/commands.ts';
import type { HistoryEntry } from '../shared/live/history.ts';
import type { ModelRow } from '../shared/live/models.ts';
import type { LiveModel } from '../shared/live/record.ts';
import type { LiveRequest } from '../shared/live/requests.ts';
import { countsInWords } from './report.ts';
import { table } from './table.ts';

/** The report of `offline models`: a line for each model, and below them why models are held. */
export function modelsReport(rows: readonly ModelRow[]): string {
  if (rows.length === 0) return 'no model is live and none was published\n';
  const isEvaluated = rows.some(({ evaluation }) => evaluation !== undefined);
  const head = [
    ...['client', 'job', 'node', 'live day', 'run', 'age in days', 'newest', 'verdict'],
    ...(isEvaluated ? QUALITY_HEAD : []),
    ...['held', 'holds'],
  ];
  const lines = rows.map(({ client, job, node, live, newest, verdict, held, evaluation }) => [
    client,
    job,
    node,
    live === null ? 'nothing' : dayOrPlace(live),
    live?.run ?? '',
    live?.ageDays === null || live === null ? '' : count(live.ageDays),
    newest === null ? '' : dayInWords(newest.day),
    verdict ?? '',
    ...(isEvaluated ? qualityCells(evaluation) : []),
    held === null ? '' : `since ${held.since}`,
    live?.counts ? countsInWords(live.counts) : '',
  ]);
  const reasons = rows.flatMap(({ client, job, held }) =>
    held === null ? [] : [`${job} of ${client} is held since ${held.since}: ${held.because}`],
  );
  return `${[table([head, ...lines], [5]), ...(reasons.length === 0 ? [] : ['', ...reasons])].join('\n')}\n`;
}

const QUALITY_HEAD = ['evaluated', 'recall', 'popularity', 'recent popularity', 'change', 'standing'];

/** Returns the cells of a model's newest evaluation, in the order of their heads. */
function qualityCells(quality: Quality | undefined): string[] {
  if (quality === undefined) return QUALITY_HEAD.map(() => '');
  const { day, recall, baselines, standing } = quality;
  return [
    dayInWords(day),
    estimateInWords(recall),
    estimateInWords(baselines.popularity),
    estimateInWords(baselines['recent-popularity']),
    recallChangeInWords(quality),
    standing === null ? 'too few users' : placesInWords(standing),
  ];
}

const dayOrPlace = ({ day, location }: { readonly day: number | null; readonly location: string }): string =>
  day === null ? location : dayInWords(day);

/** The report of a command that changes a model. */
export function commandReport({ job, client }: LiveRequest, { live, previous, hold }: CommandResult): string {
  const isMoved = live?.location !== previous?.location;
  const lines = [
    `${job} of ${client}: ${live === null ? 'nothing is live' : `live is ${modelInWords(live)}`}`,
    ...(isMoved && previous !== null ? [`  before     ${modelInWords(previous)}`] : []),
    ...(hold === null ? [] : [`  held       since ${hold.since}: ${hold.because}`]),
    ...(hold === null ? [] : ['  Runs publish and do not activate until `offline release`.']),
  ];
  return `${lines.join('\n')}\n`;
}

const modelInWords = ({ day, run, location }: LiveModel): string =>
  [...(day === null ? [] : [dayInWords(day)]), ...(run === null ? [] : [`run ${run}`]), location].join(', ');

/** The report of `offline history`, the newest change first. */
export function historyReport(changes: readonly HistoryEntry[]): string {
  if (changes.length === 0) return 'no model has ever been live\n';
  const rows = changes
    .toReversed()
    .map(({ when, by, because, live, held }) => [
      when,
      by,
      live === null ? 'nothing' : dayOrPlace(live),
      live?.run ?? '',
      held ? 'held' : '',
      because ?? '',
    ]);
  return `${table([['when', 'by', 'live', 'run', '', 'because'], ...rows])}\n`;
}
