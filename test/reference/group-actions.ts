/**
 * The actions grouping as plainly as it can be said: whole files in memory, `JSON.parse` a line, Maps and sorts. It shares
 * nothing with the job but the stable hash, which is part of the output's layout.
 */
import { gunzipSync } from 'node:zlib';
import { bucketOf, hashId } from '../../shared/model/stable-hash.ts';
import { recordsOf } from './joined-records.ts';

/** A file that the job reads, under its key below the pattern's fixed folder. */
export interface LogFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Counts {
  read: number;
  written: number;
  repaired: number;
  dropped: number;
  rejected: number;
  otherDays: number;
}

/** A line of `_rejected/<day>/part-00000`; `line` counts from 1, `offset` stands in its place in large plain files. */
export interface Reject {
  readonly object: string;
  readonly line?: number;
  readonly offset?: number;
  readonly reason: string;
  readonly text: string;
}

export interface Grouped {
  /** Client → the text of each of its parts; clients that have an action. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly counts: ReadonlyMap<string, Counts>;
  /** Over all clients; `read` and `rejected` also count the lines that tell no client. */
  readonly totals: Counts;
  readonly rejects: readonly Reject[];
}

export interface GroupingOptions {
  /** The run's day, in days since 1970-01-01. */
  readonly day: number;
  readonly singleClient?: string;
  /** One part more for each. */
  readonly recordsAPart?: number;
}

interface Action {
  readonly client: string;
  readonly time: number;
  readonly item: number;
  readonly type: number;
  readonly clientUserid: string | undefined;
  /** 0 until it is known. */
  user: number;
  readonly lineFor: (user: number) => string;
}

const MIB = 2 ** 20;
const DAY_MS = 86_400_000;

/** Groups the files, given in the order of their names. */
export function groupPlainly(files: readonly LogFile[], options: GroupingOptions): Grouped {
  const { day, singleClient, recordsAPart = 2 ** 20 } = options;
  const counts = new Map<string, Counts>();
  const countsOf = (client: string): Counts => {
    if (!counts.has(client)) counts.set(client, noCounts());
    return counts.get(client)!;
  };
  const totals = noCounts();
  const rejects: Reject[] = [];
  const actions: Action[] = [];
  for (const file of files) {
    for (const { bytes, place } of linesOf(file)) {
      totals.read++;
      const { action, client, reason } = readLine(bytes);
      if (reason !== undefined) {
        totals.rejected++;
        rejects.push({ object: file.name, ...place, reason, text: bytes.toString('utf8', 0, 200) });
      }
      if (client === undefined || (singleClient !== undefined && client !== singleClient)) continue;
      countsOf(client).read++;
      if (action === undefined) countsOf(client).rejected++;
      else {
        if (Math.floor(action.time / DAY_MS) !== day) countsOf(client).otherDays++;
        actions.push(action);
      }
    }
  }

  const written = repairIds(actions, countsOf);
  const parts = new Map<string, string[]>();
  for (const [client, own] of Map.groupBy(written, (action) => action.client)) {
    countsOf(client).written = own.length;
    parts.set(client, partsOf(own, 1 + Math.floor(own.length / recordsAPart)));
  }
  for (const name of ['written', 'repaired', 'dropped', 'otherDays'] as const) {
    for (const client of counts.values()) totals[name] += client[name];
  }
  return { parts, counts, totals, rejects };
}

const noCounts = (): Counts => ({ read: 0, written: 0, repaired: 0, dropped: 0, rejected: 0, otherDays: 0 });

/** Gives unknown users the id last seen with their `client_userid`, on a tie of times the largest; the others go. */
function repairIds(actions: readonly Action[], countsOf: (client: string) => Counts): Action[] {
  const keyOf = ({ client, clientUserid }: Action) => JSON.stringify([client, clientUserid]);
  const known = new Map<string, { time: number; user: number }>();
  for (const action of actions) {
    if (action.user === 0 || action.clientUserid === undefined) continue;
    const { time, user } = action;
    const before = known.get(keyOf(action));
    if (before === undefined || time > before.time || (time === before.time && user > before.user)) {
      known.set(keyOf(action), { time, user });
    }
  }
  const kept: Action[] = [];
  for (const action of actions) {
    if (action.user !== 0) kept.push(action);
    else {
      const seen = action.clientUserid === undefined ? undefined : known.get(keyOf(action));
      if (seen === undefined) countsOf(action.client).dropped++;
      else {
        countsOf(action.client).repaired++;
        kept.push({ ...action, user: seen.user });
      }
    }
  }
  return kept;
}

/** One client's actions as text: by part, user, time, item, type, and the bytes of the line. */
function partsOf(actions: readonly Action[], parts: number): string[] {
  const records = actions.map((action) => {
    const text = `${action.lineFor(action.user)}\n`;
    return { ...action, part: bucketOf(hashId(action.user), parts), text, bytes: Buffer.from(text) };
  });
  records.sort(
    (a, b) =>
      a.part - b.part ||
      a.user - b.user ||
      a.time - b.time ||
      a.item - b.item ||
      a.type - b.type ||
      Buffer.compare(a.bytes, b.bytes),
  );
  return Array.from({ length: parts }, (_, part) =>
    records
      .filter((record) => record.part === part)
      .map(({ text }) => text)
      .join(''),
  );
}

/** The lines that are not blank, cut into records. Plain files above 1 MiB are read by ranges, where a line's number is not known. */
function* linesOf({
  name,
  bytes,
}: LogFile): Generator<{ bytes: Buffer; place: { line: number } | { offset: number } }> {
  const gzip = name.endsWith('.gz') && bytes.length > 0;
  const content = gzip ? expanded(bytes) : bytes;
  const byOffset = !gzip && bytes.length > MIB;
  for (let offset = 0, line = 1; offset < content.length; line++) {
    const newline = content.indexOf('\n', offset);
    const next = newline < 0 ? content.length : newline + 1;
    let end = newline < 0 ? content.length : newline;
    if (end > offset && content[end - 1] === 0x0d) end--;
    const marked = offset === 0 && content.subarray(0, 3).equals(Buffer.from('\ufeff'));
    const own = content.subarray(marked ? 3 : offset, end);
    if (!/^[\t-\r ]*$/.test(own.toString('latin1'))) {
      for (const record of recordsOf(own, MIB)) {
        yield { bytes: record.bytes, place: byOffset ? { offset: offset + record.offset } : { line } };
      }
    }
    offset = next;
  }
}

/** The content of gzip members, which zero bytes may part: no member begins with one. */
function expanded(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { buffer, engine } = gunzipSync(bytes.subarray(at), { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    pieces.push(buffer);
    at += engine.bytesWritten;
    while (at < bytes.length && bytes[at] === 0) at++;
  }
  return Buffer.concat(pieces);
}

/** An action, or the reason why the line is none; the client wherever it is known. */
function readLine(bytes: Buffer): { action?: Action; client?: string | undefined; reason?: string } {
  if (bytes.length > MIB) return { reason: 'longer than 1 MiB' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { reason: 'not UTF-8' };
  }
  // A bare record, or time, tag and record, with runs of white space between them.
  const bare = /^[\t-\r ]*(\{.*)$/s.exec(text)?.[1];
  const collected = /^[\t-\r ]*([^\t-\r ]+)[\t-\r ]*([^\t-\r ]*)[\t-\r ]*(.*)$/s.exec(text)!;
  const ownTime = bare === undefined ? collected[1] : undefined;
  const tag = bare === undefined ? collected[2]! : '';
  const json = bare ?? collected[3]!;
  const misplaced = /^t?\d\d?:\d\d(:\d\d([.,]\d*)?)?(z|[+-]\d\d(:?\d\d)?)?$/i.test(tag)
    ? 'date and time are to be joined by T'
    : /^[+-]\d\d:?\d\d$/.test(tag)
      ? 'time and zone are to be joined'
      : undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(json);
  } catch {
    if (misplaced !== undefined) return { reason: misplaced };
    if (tag.startsWith('{') && holdsObject(`${tag} ${json}`)) return { reason: 'tag: missing' };
    const isTimeWrong = ownTime !== undefined && json.includes('{') && instant(ownTime) === undefined;
    return { reason: isTimeWrong ? 'time: not ISO-8601' : 'not JSON' };
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return { reason: misplaced ?? 'not a JSON object' };
  }

  const wrong = Object.entries(RULES).find(([name, { right }]) => fields[name] != null && !right(fields[name]));
  const client =
    typeof fields.client === 'string' && clientProblem(fields.client) === undefined ? fields.client : undefined;
  if (wrong !== undefined) return { client, reason: `${wrong[0]}: ${wrong[1].otherwise}` };

  const time = (ownTime ?? fields.timestamp_utc ?? undefined) as string | undefined;
  if (time === undefined) return { client, reason: 'time: missing' };
  if (misplaced !== undefined) return { client, reason: misplaced };
  if (instant(time) === undefined) return { client, reason: 'time: not ISO-8601' };
  if (ownTime !== undefined && !ownTime.includes('T')) {
    return { client, reason: 'time: a date without a time of day' };
  }
  if (fields.client == null) return { reason: 'client: missing' };
  if (client === undefined) return { reason: `client: ${clientProblem(fields.client as string)}` };
  if (fields.itemid == null) return { client, reason: 'itemid: missing' };

  const clientUserid = (fields.client_userid as string | null) || undefined;
  const lineFor = (userid: number): string => {
    const line = JSON.stringify({
      timestamp_utc: time,
      client,
      client_userid: clientUserid ?? null,
      userid,
      itemid: fields.itemid,
      client_itemid: fields.client_itemid ?? null,
      rectag: fields.rectag ?? null,
      type: fields.type ?? 0,
      value: fields.value ?? 0,
    });
    return fields.extra_data == null ? line : `${line.slice(0, -1)},"extra_data":${sourceOf(json, 'extra_data')}}`;
  };
  const user = (fields.userid as number | null) ?? 0;
  // What is written must be readable: with the longest id that a repair can put in, a line has at most 1 MiB.
  if (Buffer.byteLength(lineFor(user || Number.MAX_SAFE_INTEGER)) > MIB) return { client, reason: 'longer than 1 MiB' };
  const numbers = {
    time: instant(time)!,
    item: fields.itemid as number,
    type: (fields.type as number | null) ?? 0,
    user,
  };
  return { client, action: { client, clientUserid, ...numbers, lineFor } };
}

function holdsObject(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json);
  } catch {
    return false;
  }
}

const isString = (value: unknown): boolean => typeof value === 'string';
const isInteger = (value: unknown): boolean => Number.isSafeInteger(value);
const STRING = { right: isString, otherwise: 'not a string' };
const ID = {
  right: (value: unknown) => isInteger(value) && (value as number) >= 0,
  otherwise: 'not an integer from 0 to 9007199254740991',
};
/** In the order of the fields: of several faults the first is told. */
const RULES: Readonly<Record<string, { right: (value: unknown) => boolean; otherwise: string }>> = {
  timestamp_utc: STRING,
  client: STRING,
  client_userid: STRING,
  userid: ID,
  itemid: ID,
  client_itemid: STRING,
  rectag: STRING,
  type: { right: isInteger, otherwise: 'not an integer' },
  value: { right: Number.isFinite, otherwise: 'not a finite number' },
};

/** By the first rule that a name breaks; `\p{Cs}` with the flag `u` is a surrogate without its other half. */
const CLIENT_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'empty'],
  [/^\./, 'starts with "."'],
  [/^_/, 'starts with "_"'],
  [/\//, 'holds "/"'],
  [/\\/, 'holds "\\"'],
  [/\p{Cc}/u, 'holds a control character'],
  [/\p{Cs}/u, 'holds a lone surrogate'],
];

function clientProblem(name: string): string | undefined {
  const fault = CLIENT_FAULTS.find(([pattern]) => pattern.test(name))?.[1];
  return fault ?? (new TextEncoder().encode(name).length > 255 ? 'longer than 255 bytes' : undefined);
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?)?$/;

/** Milliseconds since 1970-01-01T00:00Z, undefined for what is no time. */
export function instant(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const [hour, minute, second] = match.slice(4, 7).map((digits) => Number(digits ?? 0)) as [number, number, number];
  const fraction = match[7] ?? '';
  const [zoneHour, zoneMinute] = match.slice(9, 11).map((digits) => Number(digits ?? 0)) as [number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const endOfDay = hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(fraction);
  if ((hour > 23 && !endOfDay) || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const zone = (match[8] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const milliseconds = second === 60 ? 59_999 : second * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return date.getTime() + (hour * 60 + minute - zone) * 60_000 + milliseconds;
}

/** The tokens of a JSON text: strings, punctuation, and numbers or words. White space is none. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs;

/** The tokens of the last member `name` of the object in `json`, put together. */
function sourceOf(json: string, name: string): string {
  const tokens = json.match(TOKENS)!;
  let found = '';
  let depth = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const isKey = depth === 1 && /^[{,]$/.test(tokens[at - 1]!) && token !== '}';
    if (isKey && JSON.parse(token) === name) found = value(tokens, at + 2);
    if (/^[{[]$/.test(token)) depth++;
    if (/^[}\]]$/.test(token)) depth--;
  }
  return found;
}

/** The value whose first token is at `start`. */
function value(tokens: readonly string[], start: number): string {
  let end = start;
  let depth = 0;
  do {
    if (/^[{[]$/.test(tokens[end]!)) depth++;
    if (/^[}\]]$/.test(tokens[end]!)) depth--;
    end++;
  } while (depth > 0);
  return tokens.slice(start, end).join('');
}
