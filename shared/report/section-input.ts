/** The section on the input: the day's lines, users and items beside the same weekday before, the types, and the rejected lines. */
import { count, dayInWords } from '../in-words.ts';
import { barsByDay } from './charts.ts';
import type { Facts } from './facts.ts';
import { type Content, type Html, html } from './html.ts';
import type { InputDay, Rejects } from './read-input.ts';
import { missing, section, subsection } from './section.ts';
import { foldedTable, table } from './table.ts';
import { changeInWords, changeOf, counted, longDate, percent, shortDate, weekday } from './words.ts';

const WEEK = 7;

export function inputSection({ input, from, to, rejects, withExamples }: Facts): Html {
  const today = input.find(({ day }) => day === to);
  const before = input.find(({ day }) => day === to - WEEK);
  const shown = input.filter(({ day }) => day >= from);
  return section('input', 'What came in', leadOf(today, before, to), [
    today === undefined ? false : figures(today, before),
    shown.length === 0 ? false : daysOf(shown, from, to),
    today === undefined ? false : subsection('By type of action', typesOf(today, before)),
    subsection('Rejected lines', rejectsOf(rejects, shown, withExamples)),
  ]);
}

function leadOf(today: InputDay | undefined, before: InputDay | undefined, to: number): Content {
  if (today === undefined) {
    return `No actions of this client were grouped for ${weekday(to)}, ${longDate(to)}.`;
  }
  const lines = today.read === null ? 'The actions came in' : `${counted(today.read, 'line')} came in`;
  if (before === undefined) return `${lines}. There is no ${weekday(to)} before to compare with.`;
  if (today.read === null || before.read === null) return `${lines}.`;
  return `${lines}, ${changeInWords(today.read, before.read, `the ${weekday(to)} before`)}.`;
}

/** One figure of the day. */
interface Figure {
  readonly name: string;
  readonly of: (day: InputDay) => number | null;
}

const FIGURES: readonly Figure[] = [
  { name: 'Lines read', of: ({ read }) => read },
  { name: 'Actions kept', of: ({ written }) => written },
  { name: 'Users', of: ({ users }) => users },
  { name: 'Items', of: ({ items }) => items },
  { name: 'Lines rejected', of: ({ rejected }) => rejected },
  { name: 'Left out, of an unknown user', of: ({ dropped }) => dropped },
  { name: 'User id found on other lines', of: ({ repaired }) => repaired },
  { name: 'Time on another day', of: ({ otherDays }) => otherDays },
];

function figures(today: InputDay, before: InputDay | undefined): Html {
  const isShort = ({ of }: Figure): boolean => of(today) === null;
  const rows = FIGURES.filter((figure) => !isShort(figure));
  const unknown = FIGURES.filter(isShort).map(({ name }) => name.toLowerCase());
  const was = before === undefined ? `${shortDate(today.day - WEEK)}` : shortDate(before.day);
  return html`${table(
    'The figures of the day beside the same weekday before',
    [
      { title: 'Figure', cell: ({ name }) => name },
      { title: shortDate(today.day), cell: ({ of }) => count(of(today)!), isNumber: true },
      { title: was, cell: ({ of }) => numberOf(before && of(before)), isNumber: true },
      { title: 'Change', cell: ({ of }) => changeIn(of(today), before && of(before)), isNumber: true },
    ],
    rows,
    'columns',
  )}${unknown.length === 0 ? false : missing(`Not counted for this day: ${unknown.join(', ')}. Group the day again with this release, and they are.`)}`;
}

const NOT_KNOWN = '–';
const numberOf = (value: number | null | undefined): string => (value == null ? NOT_KNOWN : count(value));
const changeIn = (now: number | null, before: number | null | undefined): string =>
  now === null || before == null ? NOT_KNOWN : (changeOf(now, before) ?? NOT_KNOWN);

function daysOf(days: readonly InputDay[], from: number, to: number): Html {
  const byDay = new Map(days.map((day) => [day.day, day]));
  const all = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const bars = all.map((day) => ({
    day,
    value: byDay.get(day)?.read ?? undefined,
    isMarked: (to - day) % WEEK === 0,
  }));
  const drawn = bars.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const says =
    `Lines read on each of ${counted(all.length, 'day')} up to ${longDate(to)}: ` +
    `${count(Math.min(...drawn))} to ${count(Math.max(...drawn))} on ${counted(drawn.length, 'day')} with actions.`;
  return subsection('Lines a day', [
    html`<p class="legend"><span><i class="key accent"></i>${weekday(to)}s</span><span><i class="key bar"></i>other days</span>${
      drawn.length < all.length ? html`<span>no bar: nothing came in</span>` : false
    }</p>`,
    barsByDay(says, bars, compact),
    foldedTable('The figures of every day', daysTable(days)),
  ]);
}

const compact = (value: number): string =>
  value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });

const daysTable = (days: readonly InputDay[]): Html =>
  table(
    'Lines of each day',
    [
      { title: 'Day', cell: ({ day }: InputDay) => `${shortDate(day)}, ${weekday(day)}` },
      { title: 'Lines read', cell: ({ read }: InputDay) => numberOf(read), isNumber: true },
      { title: 'Rejected', cell: ({ rejected }: InputDay) => numberOf(rejected), isNumber: true },
      { title: 'Actions kept', cell: ({ written }: InputDay) => numberOf(written), isNumber: true },
      { title: 'Users', cell: ({ users }: InputDay) => numberOf(users), isNumber: true },
      { title: 'Items', cell: ({ items }: InputDay) => numberOf(items), isNumber: true },
    ],
    days.toReversed(),
  );

function typesOf({ types, day }: InputDay, before: InputDay | undefined): Html {
  if (types === null) return missing('The types were not counted for this day.');
  const total = Object.values(types).reduce((sum, lines) => sum + lines, 0);
  const rows = Object.entries(types).sort(([a], [b]) => Number(a) - Number(b));
  return table(
    'Actions by type',
    [
      { title: 'Type', cell: ([type]: readonly [string, number]) => type },
      { title: `Actions, ${shortDate(day)}`, cell: ([, lines]) => count(lines), isNumber: true },
      { title: 'Share', cell: ([, lines]) => percent(lines / Math.max(1, total)), isNumber: true },
      { title: `Actions, ${shortDate(day - WEEK)}`, cell: ([type]) => numberOf(before?.types?.[type]), isNumber: true },
    ],
    rows,
    'columns',
  );
}

function rejectsOf(rejects: Rejects | undefined, days: readonly InputDay[], withExamples: boolean): Html {
  if (rejects === undefined) {
    const known = days.filter(({ rejected }) => rejected !== null).length;
    return missing(known === 0 ? 'Rejected lines were not counted.' : 'None on any day of this report.');
  }
  const { day, reasons, samples, isBeginning, nameless } = rejects;
  const notes = [
    `Of ${dayInWords(day)}, the newest day with rejected lines.`,
    isBeginning ? 'There are so many that only the first of them were read for this report.' : '',
    nameless === 0
      ? ''
      : `${counted(nameless, 'more line')} of that day ${nameless === 1 ? 'names' : 'name'} no client, and may be of any client.`,
  ];
  const rows = reasons.map((reason, at) => ({ ...reason, sample: samples[at] }));
  return html`<p class="note">${notes.filter((note) => note !== '').join(' ')}</p>${
    rows.length === 0
      ? false
      : table(
          'Rejected lines by reason',
          [
            { title: 'Reason', cell: ({ reason }: (typeof rows)[number]) => reason },
            { title: 'Lines', cell: ({ lines }) => count(lines), isNumber: true },
            {
              title: 'First of them',
              isLong: true,
              cell: ({ sample }) =>
                sample &&
                html`<span class="place">${sample.object}, ${sample.place}</span>${withExamples ? html`<code>${sample.text}</code>` : false}`,
            },
          ],
          rows,
        )
  }`;
}
