/**
 * Finds users in the files of outputs. A job declares which of its files name users, and how (`Job.users`). The lines of such
 * files are parsed, so an id is never mistaken for other digits. In a file that nobody has declared, every number and every
 * text that stands alone is compared, and the answer is only that the file may hold a user.
 */
import { parseJson } from '../json.ts';
import { readLines } from '../lines/read-lines.ts';
import { NO_REJECTS, readActions } from '../model/read-actions.ts';
import type { ObjectInfo, Store } from '../store/store.ts';

/**
 * The place of the user in a line: the number before the first `|`, or a field of a JSON object, which has the user's id or, in
 * an output with the client's own ids, the user's text.
 */
export type UserForm = 'before-bar' | { readonly field: string };

/** Files of an output that name users. */
export interface UserFiles {
  /** Matches their names. */
  readonly files: RegExp;
  readonly form: UserForm;
}

/** The users to be found. */
export interface WantedUsers {
  readonly ids: ReadonlySet<number>;
  /** The client's own texts for them, as far as they are known. */
  readonly texts: ReadonlySet<string>;
}

/** Counts the lines of grouped actions that are of these users. */
export async function countActions(store: Store, file: ObjectInfo, { ids }: WantedUsers): Promise<number> {
  let found = 0;
  // A line that is no action names no user: jobs reject it.
  await readActions(store, file, NO_REJECTS, ({ users, count }) => {
    for (let row = 0; row < count; row++) if (ids.has(users[row]!)) found++;
  });
  return found;
}

/** Counts the lines of a text file for which `isWanted` is true. Plain text and gzip are read. A line that is too long counts. */
export async function countLines(store: Store, file: ObjectInfo, isWanted: (line: string) => boolean): Promise<number> {
  let found = 0;
  await readLines(store, file, {
    line: (buffer, start, end) => {
      if (isWanted(buffer.toString('utf8', start, end))) found++;
    },
    tooLong: () => {
      found++;
    },
  });
  return found;
}

/** Returns the test for a line of a file with this form. */
export function lineTest(form: UserForm, { ids, texts }: WantedUsers): (line: string) => boolean {
  if (form === 'before-bar') return (line) => ids.has(Number(line.split('|', 1)[0]));
  const { field } = form;
  return (line) => {
    const record = parseJson(line) as Readonly<Record<string, unknown>> | null | undefined;
    const user = record?.[field];
    if (typeof user === 'number') return ids.has(user);
    // An output with the client's own texts has the digits of an id that has none (`clientIds` of recommendations).
    return typeof user === 'string' && (texts.has(user) || ids.has(Number(user)));
  };
}

/**
 * Returns the test for rejected lines, `{"object","line","reason","text"}`. A rejected line is broken, so its text cannot be
 * parsed: the digits behind the word `userid` count, and the client's own texts.
 *
 * @param client given where lines of several clients are together; a line that names other clients alone is none of this client
 */
export function rejectTest(wanted: WantedUsers, client?: string): (line: string) => boolean {
  const isNamed = textTest(wanted);
  return (line) => {
    const text = (parseJson(line) as { text?: unknown } | undefined)?.text;
    const broken = typeof text === 'string' ? text : line;
    return isNamed(broken) && (client === undefined || mayBeOf(broken, client));
  };
}

/** False for the text of a broken line that names other clients, and not this one. */
export function mayBeOf(text: string, client: string): boolean {
  const names = [...text.matchAll(/"client"\s*:\s*"([^"\\]*)"/g)];
  return names.length === 0 || names.some(([, name]) => name === client);
}

/** Returns the test for a text that may quote a line of a log. */
export function textTest({ ids, texts }: WantedUsers): (text: string) => boolean {
  const quoted = [...texts].map((text) => JSON.stringify(text).slice(1, -1));
  return (text) => {
    for (const [, digits] of text.matchAll(/userid[\\"'\s:=]{1,8}(\d{1,16})/gi)) {
      if (ids.has(Number(digits))) return true;
    }
    return quoted.some((own) => text.includes(`"${own}"`) || text.includes(`\\"${own}\\"`));
  };
}

/** Returns the test for a line of which nothing is known: every number that stands alone, and every text in quotes. */
export function tokenTest({ ids, texts }: WantedUsers): (line: string) => boolean {
  const quoted = [...texts].map((text) => JSON.stringify(text));
  return (line) => {
    // A zero byte is in no text: the file is binary, and may hold anything.
    if (line.includes('\0')) return true;
    for (const [digits] of line.matchAll(/(?<![\w.])\d{1,16}(?![\w.])/g)) if (ids.has(Number(digits))) return true;
    return quoted.some((own) => line.includes(own));
  };
}
