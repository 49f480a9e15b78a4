/** The report as one HTML page. It needs no script and requests nothing, which its Content-Security-Policy also tells the browser. */
import { masked } from '../config/masked.ts';
import { count, dateOf, dayInWords, inDollars } from '../in-words.ts';
import { noticesOf } from './attention.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import { changesSection } from './section-changes.ts';
import { costSection, dollars } from './section-cost.ts';
import { inputSection } from './section-input.ts';
import { madeSection } from './section-made.ts';
import { qualitySection } from './section-quality.ts';
import { STYLE } from './style.ts';
import { changeInWords, counted, longDate, measure, weekday } from './words.ts';

const WEEK = 7;

/** Returns the page. The same facts give the same text. */
export function reportPage(facts: Facts): string {
  const { client, from, to } = facts;
  const title = `${client}, ${longDate(to)}`;
  const span = from === to ? '' : ` The charts begin on ${longDate(from)}.`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>${title}</title>
${STYLE}
</head>
<body>
<header class="top">
<p class="eyebrow">Recommendation models, day by day</p>
<h1>${client}</h1>
<p>${weekday(to)}, ${longDate(to)} (day ${String(to)}).${span}</p>
${isEmpty(facts) ? false : [tiles(facts), notices(facts), NAVIGATION]}
</header>
<main>
${isEmpty(facts) ? nothingYet(facts) : [inputSection(facts), madeSection(facts), qualitySection(facts), changesSection(facts), costSection(facts)]}
</main>
<footer><p>Days are days in UTC. This page was written from the files of the output root; it asks nothing of the network.</p></footer>
</body>
</html>
`.text;
}

const NAVIGATION = html`<nav aria-label="Sections"><ul><li><a href="#input">What came in</a></li><li><a href="#made">What was made</a></li><li><a href="#quality">How good it is</a></li><li><a href="#changes">What changed</a></li><li><a href="#cost">What it cost</a></li></ul></nav>`;

/** True for a client of whom nothing is known: no day was grouped, and nothing was published. */
const isEmpty = ({ input, made, quality, changes }: Facts): boolean =>
  input.length === 0 && made.length === 0 && quality.days.length === 0 && changes.models.length === 0;

const nothingYet = ({ client, to }: Facts): Html =>
  html`<section aria-labelledby="empty-title"><h2 id="empty-title">Nothing yet</h2>
<p class="lead">Up to ${longDate(to)} no action of ${client} was grouped, and no model was made.</p>
<p>First group the logs of a day. Then run the client’s jobs over it, and make this report again:</p>
<pre>${[
    `offline group-actions --input-path-pattern 'LOGS/actions.%y/%m%d/*/*' --input-date-string ${dateOf(to)} --output-path-dir ROOT`,
    `offline day --client ${client} --start-day ${to} --input-path ROOT --output-path ROOT --config-root CONFIG`,
    `offline report --client ${client} --output-path ROOT`,
  ].join('\n')}</pre>
<p>If there should be something, look at the name of the client (names are compared exactly) and at the output root: <code>offline status --output-path ROOT</code> lists what it holds.</p>
</section>
`;

function tiles(facts: Facts): Html {
  return html`<dl class="tiles">${[inputTile(facts), modelsTile(facts), qualityTile(facts), costTile(facts)]}</dl>`;
}

const tile = (name: string, value: string, under: Content): Html =>
  html`<div><dt>${name}</dt><dd><span class="value">${value}</span><span class="under">${under}</span></dd></div>
`;

const NOTHING = '–';

function inputTile({ input, to }: Facts): Html {
  const read = input.find(({ day }) => day === to)?.read;
  if (read == null) return tile('Lines read', NOTHING, 'nothing came in');
  const before = input.find(({ day }) => day === to - WEEK)?.read;
  const than = `the ${weekday(to)} before`;
  return tile(
    'Lines read',
    count(read),
    before == null ? `no ${weekday(to)} before` : changeInWords(read, before, than),
  );
}

function modelsTile({ changes: { models }, to }: Facts): Html {
  const live = models.filter((row) => row.live !== null);
  const ofDay = live.filter((row) => row.live?.day === to).length;
  return tile('Live models', count(live.length), live.length === 0 ? 'none is live' : `${ofDay} of this day`);
}

/** The model with the best recall, beside the better of the popularities. */
function qualityTile({ quality: { days } }: Facts): Html {
  const last = days.findLast(({ users }) => users > 0);
  const bestAmong = (ofModels: boolean) =>
    last?.scorers
      .filter(({ job, recall }) => (job !== null) === ofModels && recall.mean !== null)
      .toSorted((a, b) => b.recall.mean! - a.recall.mean!)[0];
  const [model, baseline] = [bestAmong(true), bestAmong(false)];
  if (last === undefined || model === undefined) return tile('Recall', NOTHING, 'not evaluated');
  const beside = baseline === undefined ? '' : `, popular items ${measure(baseline.recall.mean!)}`;
  return tile(`Recall@${last.cutoff}`, measure(model.recall.mean!), `${model.name}${beside}`);
}

function costTile({ spent, to }: Facts): Html {
  const ofDay = spent.filter(({ day }) => day === to);
  if (ofDay.length === 0) return tile('Cost of the day', NOTHING, 'no account');
  return tile('Cost of the day', inDollars(dollars(ofDay)), `${inDollars(dollars(spent))} so far`);
}

function notices(facts: Facts): Html {
  const found = noticesOf(facts);
  const shown = found.length === 0 ? [{ level: 'good', says: `Nothing needs attention: ${quietly(facts)}` }] : found;
  return html`<ul class="notices" aria-label="What needs attention">${shown.map(({ level, says }) => html`<li class="${level}">${masked(says)}</li>`)}</ul>`;
}

const quietly = ({ made, to }: Facts): string =>
  made.length === 0
    ? `nothing was to be made on ${dayInWords(to)}.`
    : `${counted(made.length, 'job')} made their output, and no check warned.`;
