/** How good it is: recall over the days beside both popularities, and every measure of the newest evaluation. */

import { type Estimate, FEWEST_USERS } from '../evaluation/intervals.ts';
import type { MetricsDocument, ScorerMetrics } from '../evaluation/metrics-document.ts';
import type { Standing } from '../evaluation/pooled.ts';
import { count } from '../in-words.ts';
import { type ScorePoint, scoresByDay } from './charts.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import { badge, section, subsection } from './section.ts';
import { foldedTable, table } from './table.ts';
import { counted, difference, longDate, measure, percent, shortDate } from './words.ts';

const POPULARITY = 'popularity';
const RECENT = 'recent-popularity';

export function qualitySection({ quality: { days, standings } }: Facts): Html {
  const newest = days.findLast(({ users }) => users > 0);
  if (newest === undefined) return section('quality', 'How good it is', notEvaluated(days.at(-1)), false);
  const models = newest.scorers.filter(({ job }) => job !== null);
  const lead = `Each model is judged on what ${counted(newest.users, 'user')} did on ${longDate(newest.test.to)}, after it was trained.`;
  return section('quality', 'How good it is', lead, [
    subsection(`Recall@${newest.cutoff} over the days`, [
      html`<p class="note">The share of the items that a user then chose (of at most ${newest.cutoff}) that are among the ${newest.cutoff} recommended. The bars are 95 % intervals.</p>`,
      html`<p class="legend"><span><i class="key line accent"></i>the model</span><span><i class="key line baseline"></i>popular items</span><span><i class="key line baseline-2"></i>recently popular items</span></p>`,
      html`<div class="panels">${models.map(({ name }) => panel(name, days, standings.get(name)))}</div>`,
      foldedTable('The recall of every day', recallTable(days)),
    ]),
    subsection(`Every measure, ${shortDate(newest.test.to)}`, [measuresTable(newest), leftOut(newest)]),
    models.length === 0 ? false : subsection('Better than popular items?', againstTable(newest)),
  ]);
}

function notEvaluated(last: MetricsDocument | undefined): Content {
  if (last === undefined) {
    return 'No evaluation of these days has been made. The job evaluate makes one every day, from the second day on.';
  }
  return `The evaluation of ${longDate(last.test.to)} had no user to test${last.reason === undefined ? '.' : `: ${last.reason}`}`;
}

const scorerOf = ({ scorers }: MetricsDocument, name: string): ScorerMetrics | undefined =>
  scorers.find((scorer) => scorer.name === name);

const pointsOf = (days: readonly MetricsDocument[], name: string): ScorePoint[] =>
  days.flatMap((document) => {
    const { mean = null, low = null, high = null } = scorerOf(document, name)?.recall ?? {};
    return mean === null ? [] : [{ day: document.test.to, mean, low, high }];
  });

function panel(name: string, days: readonly MetricsDocument[], standing: Standing | undefined): Html {
  const lines = { model: pointsOf(days, name), popularity: pointsOf(days, POPULARITY), recent: pointsOf(days, RECENT) };
  const all = days.flatMap(({ scorers }) => scorers.map(({ recall }) => recall.high ?? recall.mean ?? 0));
  const last = lines.model.at(-1);
  const says =
    `Recall of ${name} on ${counted(lines.model.length, 'day')}` +
    `${last === undefined ? '' : `, ${estimate(last)} on ${longDate(last.day)}`}` +
    `, with popular items at ${meanOf(lines.popularity.at(-1))} and recently popular items at ${meanOf(lines.recent.at(-1))}.`;
  const span = [days[0]!.test.to, days.at(-1)!.test.to] as const;
  return html`<figure class="panel"><figcaption><strong>${name}</strong>${last === undefined ? false : html`<span class="value">${measure(last.mean)}</span>`}${standingWord(standing)}</figcaption>
${scoresByDay(says, lines, span, Math.max(0.05, ...all))}</figure>`;
}

const meanOf = (point: ScorePoint | undefined): string => (point === undefined ? 'no value' : measure(point.mean));

/** Says where the model stands over its last evaluated days. */
function standingWord(standing: Standing | undefined): Content {
  if (standing === undefined) return false;
  const { places, days } = standing;
  const over = html`<span class="under">over ${counted(days.length, 'evaluated day')}, among the users it has a list for</span>`;
  if (places === null) return [badge('plain', 'too few users to tell'), over];
  const both = [places[POPULARITY], places[RECENT]];
  if (both.every((place) => place === 'above')) return [badge('good', 'above both popularities'), over];
  if (both.includes('below')) return [badge('warn', 'below popularity'), over];
  return [badge('plain', 'no clear difference to popularity'), over];
}

const estimate = ({ mean, low, high }: Estimate): string =>
  mean === null
    ? 'no value'
    : low === null || high === null
      ? measure(mean)
      : `${measure(mean)} (${measure(low)} to ${measure(high)})`;

const withInterval = ({ mean, low, high }: Estimate): Content =>
  mean === null
    ? '–'
    : html`${measure(mean)}${low !== null && high !== null && html`<span class="interval">${measure(low)} to ${measure(high)}</span>`}`;

function recallTable(days: readonly MetricsDocument[]): Html {
  const names = [...new Set(days.flatMap(({ scorers }) => scorers.map(({ name }) => name)))].sort();
  return table(
    'Recall of each day',
    [
      { title: 'Day', cell: ({ test }: MetricsDocument) => shortDate(test.to) },
      { title: 'Users', cell: ({ users }: MetricsDocument) => count(users), isNumber: true },
      ...names.map((name) => ({
        title: name,
        cell: (document: MetricsDocument) => meanText(scorerOf(document, name)),
        isNumber: true,
      })),
    ],
    days.toReversed(),
  );
}

const meanText = (scorer: ScorerMetrics | undefined): string =>
  scorer?.recall.mean == null ? '–' : measure(scorer.recall.mean);

const measuresTable = ({ scorers, cutoff }: MetricsDocument): Html =>
  table(
    'Measures of each scorer with 95 % intervals',
    [
      {
        title: 'Scorer',
        cell: ({ name, job }: ScorerMetrics) =>
          job === null ? html`<em>${name}</em>` : html`<strong>${name}</strong>`,
      },
      { title: `Recall@${cutoff}`, cell: ({ recall }) => withInterval(recall), isNumber: true },
      { title: `NDCG@${cutoff}`, cell: ({ ndcg }) => withInterval(ndcg), isNumber: true },
      { title: 'MRR', cell: ({ mrr }) => withInterval(mrr), isNumber: true },
      { title: 'Hit rate', cell: ({ hitRate }) => withInterval(hitRate), isNumber: true },
      {
        title: 'Of the catalogue',
        cell: ({ catalogue }) => (catalogue === null ? '–' : percent(catalogue)),
        isNumber: true,
      },
    ],
    scorers,
  );

const leftOut = ({ leftOut: { unknownItem, repeat }, train, users }: MetricsDocument): Html =>
  html`<p class="note">${users < FEWEST_USERS ? `There are no intervals with fewer than ${FEWEST_USERS} users. ` : false}Trained on what was done up to ${longDate(train.to)}. Not tested: ${percent(repeat)} of the day’s pairs of user and item, which the user had met before, and ${percent(unknownItem)}, whose item was new.</p>`;

function againstTable({ scorers, cutoff }: MetricsDocument): Html {
  const models = scorers.filter(({ job }) => job !== null);
  const against = (baseline: string) => ({
    title: `Recall@${cutoff} less that of ${baseline === POPULARITY ? 'popular items' : 'recently popular items'}`,
    cell: ({ against }: ScorerMetrics) => paired(against[baseline]?.recall),
    isNumber: true,
  });
  return table(
    'Paired differences to the baselines with 95 % intervals',
    [
      { title: 'Model', cell: ({ name }: ScorerMetrics) => html`<strong>${name}</strong>` },
      against(POPULARITY),
      against(RECENT),
    ],
    models,
  );
}

function paired(of: Estimate | undefined): Content {
  if (of === undefined || of.mean === null) return '–';
  const { mean, low, high } = of;
  if (low === null || high === null) return difference(mean);
  const word =
    low > 0 ? badge('good', 'better') : high < 0 ? badge('warn', 'worse') : badge('plain', 'no clear difference');
  return html`${difference(mean)}<span class="interval">${difference(low)} to ${difference(high)}</span>${word}`;
}
