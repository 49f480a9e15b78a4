import { expect, test } from 'vitest';
import { Display } from '../../../cli/progress.ts';

/** Keeps what a display writes: lines that stay, and the newest lines that change. */
function terminal() {
  const kept: string[] = [];
  const live = { text: '' };
  return {
    kept,
    live,
    output: { width: 60, persist: (text: string) => kept.push(text), replace: (text: string) => (live.text = text) },
  };
}
const pipe = () => {
  const kept: string[] = [];
  return { kept, output: { width: Number.POSITIVE_INFINITY, persist: (text: string) => kept.push(text) } };
};
const withoutTimes = (text: string): string => text.replace(/ · [\d.]+ s/g, '');

test('A terminal shows how many jobs have ended, and every running job with its state', () => {
  const { kept, live, output } = terminal();
  const display = new Display('day 2011-12-09', 3, output);
  display.now('solve 3/4 shards', 'matrix-factorization');
  display.now('Configure', 'sessionitems');
  display.now('split', 'tagaffinity');
  display.ended('sessionitems', 'done');
  display.warn('nothing to read', 'tagaffinity');
  expect(withoutTimes(live.text)).toBe(
    'day 2011-12-09 · 1 of 3 · 1 warning\n  matrix-factorization: solve 3/4 shards\n  tagaffinity: split',
  );
  expect(kept).toEqual([]);
  display.close();
  expect(kept.map(withoutTimes)).toEqual([
    'day 2011-12-09 · 1 of 3 · 1 warning',
    '  warning of tagaffinity: nothing to read',
  ]);
});

test('A pipe gets a line for each job that has ended', () => {
  const { kept, output } = pipe();
  const display = new Display('day 2011-12-09', 2, output);
  display.now('solve 3/4 shards', 'matrix-factorization');
  display.ended('sessionitems', 'done');
  display.ended('matrix-factorization', 'blocked');
  display.close();
  expect(kept).toEqual(['day 2011-12-09', '  1 of 2: sessionitems done', '  2 of 2: matrix-factorization blocked']);
});

test('A warning is said once, with the jobs it concerns, or with how often it came', () => {
  const { kept, output } = pipe();
  const display = new Display('day', 2, output);
  for (const job of ['sessionitems', 'tagaffinity']) display.warn('nothing to read', job);
  for (let times = 0; times < 3; times++) display.warn('odd catalogue', 'tagaffinity');
  display.close();
  expect(kept.slice(1)).toEqual([
    '  warning of sessionitems, tagaffinity: nothing to read',
    '  warning (3 times) of tagaffinity: odd catalogue',
  ]);
});

test('A single job says a warning at once, and at the end how often it came again', () => {
  const { kept, output } = pipe();
  const display = new Display('run', undefined, output);
  for (let times = 0; times < 3; times++) display.warn('nothing to read for one day');
  display.warn('odd catalogue');
  expect(kept.slice(1)).toEqual(['  warning: nothing to read for one day', '  warning: odd catalogue']);
  display.close();
  expect(kept.slice(3)).toEqual(["  the warning 'nothing to read for one day' came 3 times"]);
});
