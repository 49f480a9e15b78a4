/**
 * Finds the first syntax error of a JSON text, and describes it without quoting the text.
 *
 * The message of `JSON.parse` quotes the text around the error, which may be a password of a configuration, and it does not
 * always give the position. This scanner runs only after `JSON.parse` has refused a text.
 */

export interface JsonError {
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  /** Line and column count from 1, columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** The tokens that may come next. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' | 'nothing';

interface Open {
  readonly bracket: '{' | '[';
  readonly offset: number;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}\p{N}_$.+-]+/uy;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const STRING_PART = /(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const CLOSES = { '{': '}', '[': ']' } as const;

/** Returns the first error; undefined for valid JSON. It does not recurse, so deep nesting cannot overflow the stack. */
export function findJsonError(text: string): JsonError | undefined {
  const open: Open[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const fail = (reason: string, offset = at): JsonError => ({ offset, ...lineAndColumn(text, offset), reason });
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? '';
  };
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma or end');

  for (;;) {
    at += match(SPACE).length;
    const char = text[at];
    if (char === undefined) return expected === 'nothing' ? undefined : fail(unfinished(text, open));
    if (expected === 'nothing')
      return fail('the JSON has ended before this; remove what follows, or a superfluous bracket');

    const closing = char === '}' || char === ']';
    const inner = open.at(-1);
    if (closing && inner !== undefined && CLOSES[inner.bracket] === char && mayClose(expected)) {
      open.pop();
      at += 1;
      expected = afterValue();
    } else if (closing) {
      return fail(wrongClose(char, inner, expected));
    } else if (expected === 'comma or end') {
      if (char !== ',') return fail(`a comma or a closing ${CLOSES[inner!.bracket]} is missing before this`);
      at += 1;
      expected = inner!.bracket === '{' ? 'key' : 'value';
    } else if (expected === 'colon') {
      if (char !== ':') return fail('a colon is missing between the key and its value');
      at += 1;
      expected = 'value';
    } else if (char === '"') {
      const opened = at;
      at += 1;
      at += match(STRING_PART).length;
      if (text[at] !== '"') return stringError(text, at, opened, fail);
      at += 1;
      expected = isKey(expected) ? 'colon' : afterValue();
    } else if (isKey(expected)) {
      return fail('a key in double quotes is expected here');
    } else if (char === '{' || char === '[') {
      open.push({ bracket: char, offset: at });
      at += 1;
      expected = char === '{' ? 'key or }' : 'value or ]';
    } else {
      const word = match(WORD);
      const isValue = word === 'true' || word === 'false' || word === 'null' || (word !== '' && match(NUMBER) === word);
      if (!isValue)
        return fail('a value is expected here: a number, true, false, null, a list, or a text in double quotes');
      at += word.length;
      expected = afterValue();
    }
  }
}

const isKey = (expected: Expected): boolean => expected === 'key' || expected === 'key or }';

const mayClose = (expected: Expected): boolean =>
  expected === 'comma or end' || expected === 'key or }' || expected === 'value or ]';

function unfinished(text: string, open: readonly Open[]): string {
  const inner = open.at(-1);
  if (inner === undefined) return 'the text is empty; write {} for the defaults';
  return `the text ends too early: the ${inner.bracket} opened on line ${lineAndColumn(text, inner.offset).line} has no closing ${CLOSES[inner.bracket]}`;
}

function wrongClose(char: '}' | ']', inner: Open | undefined, expected: Expected): string {
  if (inner === undefined) return `there is no ${char === '}' ? '{' : '['} that this ${char} closes`;
  if (CLOSES[inner.bracket] !== char) return `a closing ${CLOSES[inner.bracket]} is expected before this ${char}`;
  return expected === 'key' || (expected === 'value' && inner.bracket === '[')
    ? `remove the comma before this ${char}`
    : `a value is missing before this ${char}`;
}

function stringError(
  text: string,
  at: number,
  opened: number,
  fail: (reason: string, offset?: number) => JsonError,
): JsonError {
  if (text[at] === '\\') return fail('this backslash starts no escape that JSON knows; write \\\\ for a backslash', at);
  return fail(`the text that starts here has no closing double quote on its line`, opened);
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
