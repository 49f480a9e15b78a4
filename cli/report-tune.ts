/** The report of `offline tune`, as text and as JSON. */

import type { Estimate } from '../shared/evaluation/intervals.ts';
import { count, dayInWords, inDollars } from '../shared/in-words.ts';
import { type Finding, signed } from '../shared/tuning/finding.ts';
import type { Point } from '../shared/tuning/space.ts';
import { settingsOfPoint } from '../shared/tuning/trial-settings.ts';
import { CLIENT, DEFAULTS } from '../shared/tuning/trials.ts';
import { seconds } from './progress.ts';
import { table } from './table.ts';

/** Returns the JSON of a search: everything that the text says, and the metrics of both hold-outs. */
export function tuneJson(finding: Finding) {
  const { ranked, failures, winner, lastRung, final, ...rest } = finding;
  return {
    ...rest,
    node: JSON.parse(finding.node),
    winner: { name: winner.name, settings: settingsOfPoint(winner.point) },
    ranked: ranked.map(({ trial, outcome }) => ({
      name: trial.name,
      settings: settingsOfPoint(trial.point),
      ndcg: outcome.ndcg,
    })),
    compared: finding.compared.map(({ point, ...one }) => ({ ...one, settings: settingsOfPoint(point) })),
    failures: Object.fromEntries(failures),
    trials: finding.trials.map(({ name, point }) => ({ name, settings: settingsOfPoint(point) })),
    firstHoldout: lastRung,
    secondHoldout: final,
  };
}

/** The trials of the last rung that the text shows. A small client has only one rung, with all trials. */
const SHOWN = 10;

/** @param environment the deployed pipeline that did the trainings; undefined for a search on this machine */
export function tuneReport(finding: Finding, applied: boolean, environment?: string): string {
  const { job, client, search, users, rungs, ranked, failures, lastRung, final, compared, spent, winner } = finding;
  const varied = Object.keys(winner.point);
  const cells = (point: Point) => varied.map((setting) => (point[setting] === null ? 'none' : String(point[setting])));
  const numbers = varied.map((_, at) => at + 1);
  const metricsOf = (name: string) => lastRung.scorers.find((one) => one.name === (name === CLIENT ? job : name));
  const shown = ranked.filter(({ trial }, at) => at < SHOWN || trial.name === CLIENT || trial.name === DEFAULTS);
  const first = shown.map(({ trial, outcome }) => {
    const scorer = metricsOf(trial.name);
    return [
      trial.name,
      ...cells(trial.point),
      outcome.ndcg === null ? 'failed' : outcome.ndcg.toFixed(4),
      scorer === undefined ? '' : interval(scorer.ndcg),
      difference(scorer?.against[job]?.ndcg),
    ];
  });
  const second = compared.map(({ name, point, ndcg, recall }) => [
    name === winner.name ? `winner (${name})` : name,
    ...cells(point),
    ndcg.mean?.toFixed(4) ?? '',
    interval(ndcg),
    recall.mean?.toFixed(4) ?? '',
  ]);
  const samples = rungs
    .map(({ share, trials }) => `${trials} on ${count(Math.ceil(share * users))} users`)
    .join(', then ');
  const price = spent.dollars > 0 ? `about ${inDollars(spent.dollars)} ` : undefined;
  const effort =
    environment === undefined
      ? `${seconds(spent.seconds)} (${seconds(spent.cpuSeconds)} of CPU), ${price ? `${price}for the same trainings on AWS, ` : ''}`
      : `${seconds(spent.seconds)} in ${environment}, ${price ? `${price}predicted for the trainings, ` : ''}`;
  const lines = [
    `${job} of ${client}: search ${search}, ${effort}trials: ${samples}`,
    '',
    `First hold-out, ${dayInWords(lastRung.test.from)} to ${dayInWords(lastRung.test.to)}, ${count(lastRung.users)} test users:`,
    table(
      [['trial', ...varied, 'NDCG@100', '95 %', 'against the client’s'], ...first],
      [...numbers, varied.length + 1],
      { indent: 2 },
    ),
    ...(shown.length < ranked.length ? [`  and ${ranked.length - shown.length} more, which --json lists`] : []),
    '',
    `Second hold-out, which no trial saw, ${dayInWords(final.test.from)} to ${dayInWords(final.test.to)}, ${count(final.users)} test users:`,
    table(
      [['settings', ...varied, 'NDCG@100', '95 %', 'recall@100'], ...second],
      [...numbers, varied.length + 1, varied.length + 3],
      { indent: 2 },
    ),
    `  winner against the client’s settings   ${difference(finding.toClient ?? undefined) || 'the same'}`,
    ...(finding.toDefaults === null
      ? []
      : [`  winner against the defaults            ${difference(finding.toDefaults)}`]),
    '',
    ...[...failures].map(([name, why]) => `${name} failed: ${why}`),
    ...(failures.size > 0 ? [''] : []),
    `${finding.because[0]!.toUpperCase()}${finding.because.slice(1)}.`,
    '',
    applied ? 'Written into the client’s node:' : 'For the client’s node:',
    finding.node,
    ...(!applied && finding.node.includes('"***"') ? ['*** stands for a secret: keep the one that the node has'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const interval = ({ low, high }: Estimate): string =>
  low === null || high === null ? '' : `${low.toFixed(4)} to ${high.toFixed(4)}`;

const difference = (estimate: Estimate | undefined): string => {
  if (estimate === undefined || estimate.mean === null) return '';
  const { mean, low, high } = estimate;
  return low === null ? signed(mean) : `${signed(mean)} (${signed(low)} to ${signed(high)})`;
};
