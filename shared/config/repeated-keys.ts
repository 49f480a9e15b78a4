/** Finds the keys that occur more than once in one object of a JSON text. `JSON.parse` silently keeps the last one. */

export interface RepeatedKey {
  /** The path of the key: `rank`, `actionWeightings.0.maxSum`. */
  readonly key: string;
  /** The lines on which the key is given, counted from 1. */
  readonly lines: readonly number[];
}

/** The tokens that matter here: brackets, strings, colons and commas. */
const TOKEN = /[{}[\]:,]|"(?:[^"\\]|\\.)*"/gy;
const BETWEEN = /[^{}[\]:,"]*/gy;

interface Container {
  /** Key → the lines on which it is given. Undefined for a list. */
  readonly keys: Map<string, number[]> | undefined;
  readonly path: string;
  /** The key or index of the next value. */
  next: string;
}

/** @param text valid JSON */
export function findRepeatedKeys(text: string): RepeatedKey[] {
  const found: RepeatedKey[] = [];
  const open: Container[] = [];
  let line = 1;
  let lastText = '';
  let lineOfLastText = 1;
  for (const token of tokens(text)) {
    line += token.linesBefore;
    const inner = open.at(-1);
    if (token.text === '{' || token.text === '[') {
      const path = inner === undefined ? '' : pathOf(inner);
      open.push({ keys: token.text === '{' ? new Map() : undefined, path, next: '0' });
    } else if (token.text === '}' || token.text === ']') {
      const closed = open.pop()!;
      for (const [key, lines] of closed.keys ?? []) {
        if (lines.length > 1) found.push({ key: closed.path === '' ? key : `${closed.path}.${key}`, lines });
      }
    } else if (token.text === ':') {
      const key = JSON.parse(lastText) as string;
      const container = inner as Container;
      container.next = key;
      const lines = container.keys?.get(key);
      if (lines === undefined) container.keys?.set(key, [lineOfLastText]);
      else lines.push(lineOfLastText);
    } else if (token.text === ',') {
      if (inner !== undefined && inner.keys === undefined) inner.next = String(Number(inner.next) + 1);
    } else {
      lastText = token.text;
      lineOfLastText = line;
    }
  }
  return found;
}

const pathOf = ({ path, next }: Container): string => (path === '' ? next : `${path}.${next}`);

function* tokens(text: string): Generator<{ readonly text: string; readonly linesBefore: number }> {
  let at = 0;
  while (at < text.length) {
    BETWEEN.lastIndex = at;
    const between = BETWEEN.exec(text)?.[0] ?? '';
    TOKEN.lastIndex = at + between.length;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return;
    yield { text: token, linesBefore: between.split('\n').length - 1 };
    at += between.length + token.length;
  }
}
