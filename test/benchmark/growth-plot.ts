/** Small plots side by side as an SVG file. Both axes are logarithmic, and a dashed line shows linear growth. */

export interface Panel {
  readonly title: string;
  readonly note: string;
  /** The points, ascending by x. Both coordinates are above 0. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const COLUMNS = 3;
const PANEL = { width: 260, height: 200, left: 44, right: 14, top: 34, bottom: 32 };
const FONT = 'font-family="system-ui, sans-serif" font-size="11"';
/** A colour that can be read on a light page and on a dark one. */
const INK = '#6b7280';
const LINE = '#2563eb';

/** Draws the panels with the same axes, so that they can be compared: x is actions, y is CPU seconds. */
export function panelsSvg(panels: readonly Panel[]): string {
  const points = panels.flatMap((panel) => panel.points);
  const x = decades(points.map((point) => point.x));
  const y = decades(points.map((point) => point.y));
  const rows = Math.ceil(panels.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, rows * PANEL.height];
  const drawn = panels.map((panel, index) => {
    const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
    return `<g transform="translate(${column * PANEL.width} ${row * PANEL.height})">\n${panelSvg(panel, x, y)}\n</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${FONT}>\n` +
    `<title>CPU seconds by actions; dashed: linear growth from the middle point</title>\n${drawn.join('\n')}\n</svg>\n`
  );
}

/** A range of powers of ten: the exponents `from` to `to`, both inclusive. */
interface Decades {
  readonly from: number;
  readonly to: number;
}

const decades = (values: readonly number[]): Decades => ({
  from: Math.floor(Math.log10(Math.min(...values))),
  to: Math.ceil(Math.log10(Math.max(...values))),
});

function panelSvg({ title, note, points }: Panel, x: Decades, y: Decades): string {
  const { width, height, left, right, top, bottom } = PANEL;
  const across = (value: number) => left + ((Math.log10(value) - x.from) / (x.to - x.from)) * (width - left - right);
  const up = (value: number) =>
    height - bottom - ((Math.log10(value) - y.from) / (y.to - y.from)) * (height - top - bottom);
  const path = points.map((point) => `${across(point.x).toFixed(1)},${up(point.y).toFixed(1)}`).join(' ');
  const dots = points.map(
    (point) => `<circle cx="${across(point.x).toFixed(1)}" cy="${up(point.y).toFixed(1)}" r="3" fill="${LINE}"/>`,
  );
  return [
    `<text x="${left}" y="16" fill="${INK}" font-weight="600">${title}</text>`,
    `<text x="${width - right}" y="16" fill="${INK}" text-anchor="end">${note}</text>`,
    ...exponents(x).map((exponent) => tick(across(10 ** exponent), height - bottom + 14, 'middle', actions(exponent))),
    ...exponents(y).map((exponent) => tick(left - 6, up(10 ** exponent) + 4, 'end', `${10 ** exponent} s`)),
    ...exponents(y).map((exponent) => {
      const level = up(10 ** exponent).toFixed(1);
      return `<path d="M${left} ${level}H${width - right}" stroke="${INK}" stroke-opacity="0.25"/>`;
    }),
    linear(points, x, y, across, up),
    `<polyline points="${path}" fill="none" stroke="${LINE}" stroke-width="1.5"/>`,
    ...dots,
  ].join('\n');
}

const exponents = ({ from, to }: Decades): number[] => Array.from({ length: to - from + 1 }, (_, step) => from + step);

const tick = (x: number, y: number, anchor: string, text: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${INK}" text-anchor="${anchor}">${text}</text>`;

const actions = (exponent: number): string => (exponent < 6 ? `${10 ** (exponent - 3)}k` : `${10 ** (exponent - 6)}M`);

/** Draws the line of slope 1 through the middle point, within both axes. */
function linear(
  points: Panel['points'],
  x: Decades,
  y: Decades,
  across: (value: number) => number,
  up: (value: number) => number,
): string {
  const middle = points[points.length >> 1];
  if (middle === undefined) return '';
  const rate = middle.y / middle.x;
  const low = Math.max(10 ** x.from, 10 ** y.from / rate);
  const high = Math.min(10 ** x.to, 10 ** y.to / rate);
  const end = (value: number) => `${across(value).toFixed(1)} ${up(value * rate).toFixed(1)}`;
  return `<path d="M${end(low)}L${end(high)}" stroke="${INK}" stroke-dasharray="4 3"/>`;
}
