/**
 * A flame graph (Brendan Gregg, *The Flame Graph*, 2016) as an SVG file. A frame lies above its caller and is as wide as its
 * share of the time.
 */
import type { Frame } from './profile.ts';

const WIDTH = 1_200;
const ROW = 18;
/** The width of the narrowest frame that is drawn. */
const LEAST_WIDTH = 5;
/** The largest width of a character. */
const CHARACTER = 6.6;
const COLOURS = { project: '#93c5fd', node: '#d1d5db', other: '#fdba74' };

export function flameGraph(root: Frame): string {
  const scale = WIDTH / root.seconds;
  const rows = depthOf(root, scale);
  const height = rows * ROW;
  const boxes: string[] = [];
  const draw = (frame: Frame, x: number, depth: number): void => {
    boxes.push(box(frame, x, height - (depth + 1) * ROW, root.seconds));
    let left = x;
    for (const call of [...frame.calls.values()].sort((a, b) => b.seconds - a.seconds)) {
      if (call.seconds * scale < LEAST_WIDTH) break;
      draw(call, left, depth + 1);
      left += call.seconds * scale;
    }
  };
  draw(root, 0, 0);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="ui-monospace, monospace" font-size="11">\n${boxes.join('\n')}\n</svg>\n`
  );
}

function depthOf(frame: Frame, scale: number): number {
  const calls = [...frame.calls.values()].filter((call) => call.seconds * scale >= LEAST_WIDTH);
  return 1 + Math.max(0, ...calls.map((call) => depthOf(call, scale)));
}

function box({ name, file, line, seconds }: Frame, x: number, y: number, total: number): string {
  const width = (seconds / total) * WIDTH;
  const place = file === '' ? '' : ` (${file}:${line})`;
  const title = escaped(`${name}${place}: ${seconds.toFixed(2)} s, ${((100 * seconds) / total).toFixed(1)} %`);
  const characters = Math.floor((width - 4) / CHARACTER);
  const label = characters < 3 ? '' : escaped(name.slice(0, characters));
  return (
    `<g><title>${title}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" ` +
    `fill="${colourOf(file)}"/>${label && `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${label}</text>`}</g>`
  );
}

const colourOf = (file: string): string => {
  if (file === '' || file.startsWith('wasm:')) return COLOURS.other;
  return file.startsWith('node:') || file.includes('node_modules/') ? COLOURS.node : COLOURS.project;
};

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
