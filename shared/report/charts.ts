/**
 * The charts of the report: static SVG, drawn by Observable Plot into the DOM of linkedom, so that no browser is needed.
 *
 * Colours are CSS variables of the page, so that a chart follows the page into dark mode and onto paper. A wide chart is drawn a
 * second time for narrow screens, because text that shrinks with its picture cannot be read there; the style sheet shows one of
 * the two. Each chart is one image to a screen reader, with a sentence as its name, and the page has its numbers in a table.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Content, Html, html } from './html.ts';
import { shortDate } from './words.ts';

/** The widths in CSS pixels that charts are drawn for. */
const WIDE = 960;
const NARROW = 320;

const { document } = parseHTML('<!doctype html><html><body></body></html>');

type Marks = NonNullable<Plot.PlotOptions['marks']>;

/** Returns the picture of a plot. @param says one sentence: what is drawn, and what it shows */
function picture(says: string, options: Plot.PlotOptions): Html {
  const made = Plot.plot({
    style: { background: 'transparent', fontSize: '12px', fontFamily: 'inherit' },
    marginLeft: 48,
    marginRight: 12,
    marginTop: 16,
    marginBottom: 28,
    ...options,
    document,
  });
  made.setAttribute('role', 'img');
  made.setAttribute('aria-label', says);
  // Only the whole is an image. Its parts have names that no reader may announce.
  for (const part of made.querySelectorAll('g')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-hidden');
  }
  // The style sheet of the page has these rules, and a page needs them once.
  for (const style of made.querySelectorAll('style')) style.remove();
  return Html.trusted(
    made.outerHTML.replace(COORDINATES, (attribute: string) => attribute.replace(LONG_FRACTION, shortened)),
  );
}

/** The attributes that hold coordinates. Hundredths of a pixel are enough, and make the page a third smaller. */
const COORDINATES = / (?:d|x|y|x1|x2|y1|y2|cx|cy|width|height|transform)="[^"]*"/g;
const LONG_FRACTION = /\d+\.\d{3,}/g;
const shortened = (number: string): string => String(Number(Number(number).toFixed(2)));

/** Draws a chart for wide and for narrow screens. */
const forBothWidths = (draw: (width: number) => Html): Content => [
  html`<div class="chart wide">${draw(WIDE)}</div>`,
  html`<div class="chart narrow">${draw(NARROW)}</div>`,
];

/** One day of a chart of bars. */
export interface DayBar {
  readonly day: number;
  /** Undefined for a day without the figure: it has no bar. */
  readonly value: number | undefined;
  /** Drawn in the accent's colour. */
  readonly isMarked: boolean;
}

/** Draws a bar for each day. @param format the words of a value on the axis */
export function barsByDay(says: string, bars: readonly DayBar[], format: (value: number) => string): Content {
  const drawn = bars.filter(({ value }) => value !== undefined);
  const most = Math.max(0, ...drawn.map(({ value }) => value!));
  return forBothWidths((width) =>
    picture(says, {
      width,
      height: width === WIDE ? 200 : 170,
      x: { type: 'band', domain: bars.map(({ day }) => day), padding: 0.2 },
      y: { domain: [0, most === 0 ? 1 : most], nice: true },
      marks: [
        ...valueAxis(format, 4),
        Plot.barY(drawn, {
          x: 'day',
          y: 'value',
          fill: ({ isMarked }: DayBar) => (isMarked ? 'var(--accent)' : 'var(--bar)'),
          rx: 1.5,
        }),
        Plot.ruleY([0], { stroke: 'var(--axis)' }),
        dayAxis(
          bars.map(({ day }) => day),
          width === WIDE ? 8 : 4,
        ),
      ],
    }),
  );
}

/** One scorer's recall on one day. */
export interface ScorePoint {
  readonly day: number;
  readonly mean: number;
  /** The 95 % interval; null with too few users. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface ScoreLines {
  readonly model: readonly ScorePoint[];
  readonly popularity: readonly ScorePoint[];
  readonly recent: readonly ScorePoint[];
}

/**
 * Draws a model's recall over the days with its interval, between the lines of both popularities. The lines differ by their
 * dashes too, not by colour alone.
 * @param most the end of the axis, which the charts of all models share
 */
export function scoresByDay(
  says: string,
  { model, popularity, recent }: ScoreLines,
  span: readonly [number, number],
  most: number,
): Content {
  const line = (points: readonly ScorePoint[], stroke: string, strokeDasharray: string, strokeWidth: number) =>
    Plot.lineY(points, { x: 'day', y: 'mean', stroke, strokeWidth, strokeDasharray });
  const dot = (points: readonly ScorePoint[], fill: string, r: number) =>
    Plot.dot(points, { x: 'day', y: 'mean', fill, r, stroke: 'var(--card)', strokeWidth: 1 });
  const withInterval = model.filter(({ low }) => low !== null);
  const [first, last] = span[0] === span[1] ? [span[0] - 1, span[1] + 1] : span;
  const days = Array.from({ length: span[1] - span[0] + 1 }, (_, at) => span[0] + at);
  return html`<div class="chart">${picture(says, {
    width: 440,
    height: 220,
    marginLeft: 44,
    x: { type: 'linear', domain: [first, last], insetLeft: 8, insetRight: 8 },
    y: { domain: [0, most], nice: true },
    marks: [
      ...valueAxis((value) => value.toFixed(2), 4),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      Plot.ruleX(withInterval, {
        x: 'day',
        y1: 'low',
        y2: 'high',
        stroke: 'var(--accent)',
        strokeOpacity: 0.35,
        strokeWidth: 3,
      }),
      line(popularity, 'var(--baseline)', '5 3', 1.5),
      line(recent, 'var(--baseline-2)', '1.5 3', 2),
      line(model, 'var(--accent)', 'none', 2),
      dot(popularity, 'var(--baseline)', 2.5),
      dot(recent, 'var(--baseline-2)', 2.5),
      dot(model, 'var(--accent)', 3.5),
      dayAxis(days, 4),
    ],
  })}</div>`;
}

/** The axis of values: thin lines across the chart, and the words at the left. */
const valueAxis = (format: (value: number) => string, ticks: number): Marks => [
  Plot.gridY({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
  Plot.axisY({ ticks, tickSize: 0, tickPadding: 6, label: null, fill: 'var(--muted)', tickFormat: format }),
];

/** The axis of days with at most `most` words, of which the last one is always the last day. */
function dayAxis(days: readonly number[], most: number) {
  const step = Math.ceil(days.length / most);
  const shown = days.filter((_, at) => (days.length - 1 - at) % step === 0);
  return Plot.axisX(shown, {
    tickSize: 4,
    label: null,
    fill: 'var(--muted)',
    stroke: 'var(--axis)',
    tickFormat: shortDate,
  });
}
