/**
 * Tables that fit into a width. A table that is too wide is made narrower in three ways, of which the first that fits is taken:
 *
 *   1. the widest columns shrink, and their cells are wrapped between words:
 *
 *        job              what it does
 *        tagaffinity      finds the tags that a user meets
 *                         more often than others do
 *
 *   2. a last column of text that would become too narrow goes below its row:
 *
 *        job              activates
 *            what it does
 *        tagaffinity      tagaffinity
 *            finds the tags that a user meets more often than others do
 *
 *   3. every row becomes a block with a line for each cell:
 *
 *        job           tagaffinity
 *        activates     tagaffinity
 *        what it does  finds the tags that a user meets more often than others do
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { outputWidth } from './terminal.ts';

type Row = readonly string[];

export interface Fit {
  /** The number of columns that the table may have. */
  readonly width?: number;
  /** The number of spaces before each line. They count as part of the width. */
  readonly indent?: number;
}

interface TableFit extends Fit {
  /**
   * True when the first column names groups of rows: only the first row of a group shows the name. In blocks all rows show it,
   * because a block stands alone.
   */
  readonly isGrouped?: boolean;
}

interface ParagraphFit extends Fit {
  readonly hanging?: number;
}

const GAP = '  ';
/** A value that has less room goes over the margin. */
const NARROWEST_VALUE = 16;
/** A last column of text that is narrower than this is hard to read. */
const NARROWEST_TEXT = 28;
/** Longer words, such as paths, may be broken. */
const LONGEST_WORD = 40;

/**
 * Returns text in columns, with two spaces between them. The first row is the head.
 * @param right columns that are aligned to the right
 */
export function table(rows: readonly Row[], right: readonly number[] = [], fit: TableFit = {}): string {
  const { width = outputWidth(), indent = 0, isGrouped = false } = fit;
  return indented(fitted(rows, right, width - indent, isGrouped), indent);
}

/** Returns names and values, one pair a line. A value that is too long is wrapped between words, and goes on below itself. */
export function fields(pairs: readonly (readonly [name: string, value: string])[], fit: Fit = {}): string {
  const { width = outputWidth(), indent = 0 } = fit;
  const names = widest(pairs.map(([name]) => name));
  const room = Math.max(NARROWEST_VALUE, width - indent - names - GAP.length);
  const lines = pairs.flatMap(([name, value]) =>
    // A path or a command that is copied from the terminal must not be broken.
    wrapped(value, room, false).map((line, at) => `${padded(at === 0 ? name : '', names)}${GAP}${line}`.trimEnd()),
  );
  return indented(lines.join('\n'), indent);
}

/**
 * Returns a text in lines of whole words.
 * @param hanging the number of spaces by which all lines but the first begin further to the right
 */
export const paragraph = (
  text: string,
  { width = outputWidth(), indent = 0, hanging = 0 }: ParagraphFit = {},
): string =>
  wrapped(text, width - indent - hanging, false)
    .map((line, at) => ' '.repeat(at === 0 ? indent : indent + hanging) + line)
    .join('\n');

/** Puts spaces before each line that is not empty. */
export const indented = (text: string, spaces = 2): string => text.replace(/^(?=.)/gm, ' '.repeat(spaces));

function fitted(all: readonly Row[], right: readonly number[], width: number, isGrouped: boolean): string {
  const rows = isGrouped ? withoutRepeats(all) : all;
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ''));
  const widths = widthsWithin(columns, width);
  const last = columns.length - 1;
  const isShrunkText = (widths?.[last] ?? 0) < Math.min(NARROWEST_TEXT, widest(columns[last] ?? []));
  if (last > 0 && isShrunkText && !right.includes(last)) {
    const others = rows.map((row) => row.slice(0, last));
    const narrower = widthsWithin(columns.slice(0, last), width);
    if (narrower !== undefined) {
      return others
        .flatMap((row, at) => [...rowLines(row, narrower, right), ...below(rows[at]?.[last] ?? '', width)])
        .join('\n');
    }
  }
  return widths === undefined ? blocks(all, width) : rows.flatMap((row) => rowLines(row, widths, right)).join('\n');
}

/** Empties the first cell of each row that follows a row with the same one. */
const withoutRepeats = (rows: readonly Row[]): Row[] =>
  rows.map((row, at) => (row[0] === rows[at - 1]?.[0] ? ['', ...row.slice(1)] : row));

const BELOW = 4;

const below = (text: string, width: number): string[] =>
  text === '' ? [] : wrapped(text, width - BELOW).map((line) => ' '.repeat(BELOW) + line);

/**
 * Returns a width for each column so that a line fits, or undefined when the longest words do not fit beside each other. The
 * widest columns shrink first.
 */
function widthsWithin(columns: readonly Row[], width: number): readonly number[] | undefined {
  const room = width - GAP.length * (columns.length - 1);
  const widths = columns.map(widest);
  const floors = columns.map((cells) =>
    Math.min(LONGEST_WORD, widest(cells.flatMap((cell) => glued(cell).split(' ')))),
  );
  let excess = widths.reduce((sum, one) => sum + one, 0) - room;
  while (excess > 0) {
    const column = widths.reduce((best, one, at) => (one > floors[at]! && one > (widths[best] ?? 0) ? at : best), -1);
    if (column < 0) return undefined;
    widths[column]!--;
    excess--;
  }
  return widths;
}

function rowLines(row: Row, widths: readonly number[], right: readonly number[]): string[] {
  const cells = widths.map((width, column) => wrapped(row[column] ?? '', width));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    cells
      .map((lines, column) => padded(lines[at] ?? '', widths[column]!, right.includes(column)))
      .join(GAP)
      .trimEnd(),
  );
}

/** Returns each row but the head as a block of lines `head  cell`, without empty cells. */
function blocks([head = [], ...rows]: readonly Row[], width: number): string {
  return rows
    .map((row) =>
      fields(
        head.flatMap((name, column) => (row[column] ? [[name, row[column]] as const] : [])),
        { width },
      ),
    )
    .join('\n\n');
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => stringWidth(text)));

const wrapped = (text: string, width: number, hard = true): string[] =>
  stringWidth(text) <= width ? [text] : unglued(wrapAnsi(glued(text), width, { hard })).split('\n');

/** A percent sign stays beside its number: a line is not broken at a no-break space. */
const glued = (text: string): string => text.replaceAll(' %', '\u00a0%');
const unglued = (text: string): string => text.replaceAll('\u00a0%', ' %');

function padded(text: string, width: number, right = false): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return right ? spaces + text : text + spaces;
}
