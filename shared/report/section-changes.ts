/** The section on changes: the live models, and how the newest recommendations differ from those before, with examples. */

import type { ItemNames } from '../catalogue/item-names.ts';
import { count, dateOf } from '../in-words.ts';
import { type Example, LIST } from './compare-factors.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import type { LiveRow, Recommended } from './read-live.ts';
import { badge, missing, section, subsection } from './section.ts';
import { table } from './table.ts';
import { counted, percent } from './words.ts';

/** The items of a list that an example shows. */
const SHOWN = 5;

export function changesSection(facts: Facts): Html {
  const {
    changes: { models, recommended, notCompared },
    to,
  } = facts;
  return section('changes', 'What changed', leadOf(models, to), [
    models.length === 0 ? false : subsection('Live models', modelsTable(models, to)),
    recommended === undefined ? false : subsection('Recommendations', recommendations(recommended, facts)),
    notCompared === undefined ? false : missing(notCompared),
  ]);
}

function leadOf(models: readonly LiveRow[], to: number): Content {
  if (models.length === 0) return 'No model has been published yet.';
  const live = models.filter((row) => row.live !== null);
  const ofDay = live.filter((row) => row.live?.day === to);
  if (live.length === 0) return 'Models are published, and none is live: their jobs are not set to activate.';
  return `${counted(live.length, 'model')} of ${models.length} ${live.length === 1 ? 'is' : 'are'} live, ${ofDay.length === live.length ? 'all' : count(ofDay.length)} of this day.`;
}

const dayOf = (model: { readonly day: number | null } | null): string =>
  model === null ? '–' : model.day === null ? 'of another system' : dateOf(model.day);

const modelsTable = (models: readonly LiveRow[], to: number): Html =>
  table(
    'Live models',
    [
      { title: 'Job', cell: ({ job }: LiveRow) => html`<strong>${job}</strong>` },
      {
        title: 'Live model of',
        cell: ({ live }) => (live === null ? badge('plain', 'not live') : dayOf(live)),
        isNumber: true,
      },
      { title: 'Age in days', cell: ({ live }) => (live?.day == null ? '–' : count(to - live.day)), isNumber: true },
      { title: 'Model before of', cell: ({ before }) => dayOf(before), isNumber: true },
      {
        title: 'Newest published',
        cell: ({ newestDay }) => (newestDay === null ? '–' : dateOf(newestDay)),
        isNumber: true,
      },
      {
        title: 'Went live by',
        cell: ({ by, held }) => [
          by === null ? '–' : by === 'elsewhere' ? 'another system' : `a ${by}`,
          held === null ? false : badge('warn', 'held'),
        ],
      },
    ],
    models,
  );

function recommendations(recommended: Recommended, { names, withExamples }: Facts): Content {
  const { overlap, users, examples, day, dayBefore, isLive } = recommended;
  const which = `${isLive ? 'live' : 'newest'} model of matrix factorization (${dateOf(day)})`;
  const says =
    overlap === undefined || dayBefore === null
      ? html`<p>This is the first ${which}, so there is nothing to compare it with.</p>`
      : html`<p class="statement"><strong>${percent(overlap)}</strong> of the ${LIST} best items of a user are the same in the ${which} as in the one before (${dateOf(dayBefore)}), on average over ${counted(users, 'user')}.</p>`;
  if (!withExamples) return [says, missing('Examples were left out of this report.')];
  const hasNames = names.size > 0;
  return [
    says,
    html`<p class="note">${overlap === undefined ? `${counted(examples.length, 'user')} of a sample` : `The ${counted(examples.length, 'user')} of this sample whose lists changed most`}, with the ${SHOWN} best items of each${overlap === undefined ? '' : html`; <b class="new">+</b> marks an item that was not among the ${LIST} best before`}. Items that the user already has are not left out here.${hasNames ? '' : ' Items are shown by their ids: name a catalogue with --items-path to see their names.'}</p>`,
    html`<ol class="examples">${examples.map((example) => exampleOf(example, names))}</ol>`,
  ];
}

const exampleOf = ({ user, now, before }: Example, names: ItemNames): Html =>
  html`<li><h4>User ${String(user)}</h4><ul>${now.slice(0, SHOWN).map((item) => {
    const isNew = before !== undefined && !before.includes(item);
    return html`<li${isNew ? html` class="added"` : false}>${isNew ? html`<b class="new" title="not recommended before">+</b>` : false}${names.get(item) ?? `Item ${item}`}</li>`;
  })}</ul></li>
`;
