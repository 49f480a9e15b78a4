/**
 * Reads one line of the raw logs the slow way: strings, regular expressions and `JSON.parse`. Times, client names and
 * the source text of `extra_data` are read here too: nothing is shared with the code that this reference checks.
 *
 * The definition is that of `functions/group-actions/README.md`, after Seldon's `GroupActionsJob`. Of several faults, the
 * reason names the first in the order of the checks below.
 */
import { createHash } from 'node:crypto';

export interface PlainLogAction {
  readonly client: string;
  readonly clientUserid: string | undefined;
  readonly clientItemid: string | undefined;
  /** 0 when the line does not tell it. */
  readonly user: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly timeMs: number;
  readonly item: number;
  readonly type: number;
  /** Returns the output line, with this user id and without a line break. */
  readonly print: (user: number) => string;
}

/** A line that is no action; `client` is undefined when the line does not name a valid one. */
interface PlainReject {
  readonly client: string | undefined;
  readonly reason: string;
}

const CAP = 1024 * 1024;
const AN_ID = 'an integer from 0 to 9007199254740991';

/** A time and, behind white space, a tag: they stand before the record of a line that is not bare JSON. */
const TIME_AND_TAG = /^[\t-\r ]*([^\t-\r {][^\t-\r ]*)(?:[\t-\r ]+([^\t-\r ]+)[\t-\r ]*)?/;

/** True when ids are made of the client's own texts, and epoch times are read. */
type Assigns = boolean;

/** Reads a line that is not blank, given without its line break. */
export function readPlainly(bytes: Buffer, assigns: Assigns = false): PlainLogAction | PlainReject {
  const reject = (reason: string, client?: unknown): PlainReject => ({
    client: typeof client === 'string' && nameProblem(client) === undefined ? client : undefined,
    reason,
  });
  if (bytes.length > CAP) return reject('longer than 1 MiB');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return reject('not UTF-8');
  }
  const timeOf = (written: string) => readTimePlainly(written) ?? (assigns ? readEpochPlainly(written) : undefined);
  const noTime = assigns ? 'time: neither ISO-8601 nor an epoch time' : 'time: not ISO-8601';
  const head = TIME_AND_TAG.exec(text);
  const tag = head?.[2] ?? '';
  // A tag that looks like the second half of a time shows that the time was written with a space in it.
  const headProblem = /^T?\d?\d:\d\d(:\d\d([.,]\d*)?)?(Z|[-+]\d\d(:?\d\d)?)?$/i.test(tag)
    ? 'date and time are to be joined by T'
    : /^[-+]\d\d:?\d\d$/.test(tag)
      ? 'time and zone are to be joined'
      : undefined;
  const source = head === null ? text.replace(/^[\t-\r ]*/, '') : text.slice(head[0].length);
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch {
    if (headProblem !== undefined) return reject(headProblem);
    if (tag[0] === '{' && isObjectText(`${tag} ${source}`)) return reject('tag: missing');
    const isTimeWrong = head !== null && source.includes('{') && timeOf(head[1]!) === undefined;
    return reject(isTimeWrong ? noTime : 'not JSON');
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    return reject(headProblem ?? 'not a JSON object');
  }

  const record = new Map(Object.entries(json).filter(([, value]) => value !== null));
  const client = record.get('client');
  const isString = (value: unknown) => typeof value === 'string';
  const isId = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (assigns) moveTexts(record, isId);
  const idRule = [assigns ? () => false : isId, assigns ? `neither a text nor ${AN_ID}` : `not ${AN_ID}`] as const;
  const rules: [string, (value: unknown) => boolean, string][] = [
    ['timestamp_utc', isString, 'not a string'],
    ['client', isString, 'not a string'],
    ['client_userid', isString, 'not a string'],
    ['userid', ...idRule],
    ['itemid', ...idRule],
    ['client_itemid', isString, 'not a string'],
    ['rectag', isString, 'not a string'],
    ['type', (value) => Number.isSafeInteger(value), 'not an integer'],
    ['value', (value) => Number.isFinite(value), 'not a finite number'],
  ];
  for (const [name, holds, broken] of rules) {
    if (record.has(name) && !holds(record.get(name))) return reject(`${name}: ${broken}`, client);
  }
  const time = head === null ? record.get('timestamp_utc') : head[1];
  if (time === undefined) return reject('time: missing', client);
  if (headProblem !== undefined) return reject(headProblem, client);
  const timeMs = timeOf(time as string);
  if (timeMs === undefined) return reject(noTime, client);
  const isIso = readTimePlainly(time as string) !== undefined;
  if (head !== null && isIso && !/T/.test(head[1]!)) return reject('time: a date without a time of day', client);
  if (client === undefined) return reject('client: missing');
  const problem = nameProblem(client as string);
  if (problem !== undefined) return reject(`client: ${problem}`);
  if (!record.has(assigns ? 'client_itemid' : 'itemid')) return reject('itemid: missing', client);
  if (assigns) {
    for (const kind of ['user', 'item']) {
      if (!((record.get(`client_${kind}id`) as string | undefined) ?? '').isWellFormed()) {
        return reject(`${kind} id: holds a lone surrogate`, client);
      }
    }
  }

  // An empty `client_userid` is a missing one.
  if (record.get('client_userid') === '') record.delete('client_userid');
  const printed = (name: string, missing: string) => (record.has(name) ? JSON.stringify(record.get(name)) : missing);
  const extra = record.has('extra_data') ? `,"extra_data":${sourceOf(source, 'extra_data')}` : '';
  const written = isIso ? time : new Date(timeMs).toISOString();
  const printWith = (id: number, itemid: string) =>
    `{"timestamp_utc":${JSON.stringify(written)},"client":${printed('client', '')}` +
    `,"client_userid":${printed('client_userid', 'null')},"userid":${id},"itemid":${itemid}` +
    `,"client_itemid":${printed('client_itemid', 'null')},"rectag":${printed('rectag', 'null')}` +
    `,"type":${printed('type', '0')},"value":${printed('value', '0')}${extra}}`;
  const [clientUserid, clientItemid] = [record.get('client_userid'), record.get('client_itemid')];
  const idOf = (own: unknown) => (own === undefined ? 0 : idOfPlainly(own as string));
  // Adding 0 turns -0 into 0.
  const user = assigns ? idOf(clientUserid) : ((record.get('userid') as number | undefined) ?? 0) + 0;
  const item = assigns ? idOf(clientItemid) : record.get('itemid')! + 0;
  // A line that is written must be short enough to be read again. An id that is found or assigned later may have 16 digits.
  const longest = printWith(user === 0 || assigns ? 10 ** 15 : user, assigns ? '1'.repeat(16) : printed('itemid', ''));
  if (Buffer.byteLength(longest) > CAP) return reject('longer than 1 MiB', client);
  return {
    client: client as string,
    clientUserid: clientUserid as string | undefined,
    clientItemid: clientItemid as string | undefined,
    user,
    timeMs,
    item,
    type: ((record.get('type') as number | undefined) ?? 0) + 0,
    print: (id) => printWith(id, String(item)),
  };
}

/** Puts the texts that make ids into `client_userid` and `client_itemid`, and removes the ids that are not looked at. */
function moveTexts(record: Map<string, unknown>, isId: (value: unknown) => boolean): void {
  for (const [own, given] of [
    ['client_userid', 'userid'],
    ['client_itemid', 'itemid'],
  ] as const) {
    if (record.has(own) && record.get(own) !== '') record.delete(given);
    else {
      record.delete(own);
      const value = record.get(given);
      if (typeof value !== 'string' && !isId(value)) continue;
      record.delete(given);
      const text = String(value);
      // User 0 stands for nobody, and an empty text is none.
      if (text !== '' && !(given === 'userid' && text === '0')) record.set(own, text);
    }
  }
  if (typeof record.get('timestamp_utc') === 'number') record.set('timestamp_utc', `${record.get('timestamp_utc')}`);
}

/** Returns the first 53 bits of SHA-256 of the text in UTF-8. */
export function idOfPlainly(text: string): number {
  const bits = [...createHash('sha256').update(text, 'utf8').digest()].map((byte) => byte.toString(2).padStart(8, '0'));
  return Number.parseInt(bits.join('').slice(0, 53), 2);
}

/** Returns the milliseconds of a time in epoch seconds or milliseconds; undefined when the text is none. */
export function readEpochPlainly(text: string): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d+))?$/.exec(text) ?? [];
  const count = Number(whole ?? 0);
  if (count < 100_000_000) return undefined;
  if (count < 100_000_000_000) return count * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return count < Date.UTC(10_000, 0, 1) ? count : undefined;
}

/**
 * Returns the milliseconds since 1970-01-01T00:00Z of an ISO-8601 time, undefined when the text is none. It counts the
 * days one year and one month at a time.
 */
export function readTimePlainly(text: string): number | undefined {
  const found =
    /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?:(?::?)\d\d)?)?)?$/.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((digits) => Number(digits ?? 0)) as number[];
  const isLeap = (y: number) => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const lengths = [31, isLeap(year!) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (month! < 1 || month! > 12 || day! < 1 || day! > lengths[month! - 1]!) return undefined;
  const fraction = found[7] ?? '';
  const isMidnight = minute === 0 && second === 0 && /^0*$/.test(fraction);
  if (hour! > 24 || (hour === 24 && !isMidnight) || minute! > 59 || second! > 60) return undefined;
  let days = day! - 1;
  for (let m = 1; m < month!; m++) days += lengths[m - 1]!;
  for (let y = 1970; y < year!; y++) days += isLeap(y) ? 366 : 365;
  for (let y = year!; y < 1970; y++) days -= isLeap(y) ? 366 : 365;
  const zone = /^([+-])(\d\d):?(\d\d)?$/.exec(found[8] ?? '');
  const [zoneHours, zoneMinutes] = [Number(zone?.[2] ?? 0), Number(zone?.[3] ?? 0)];
  if (zoneHours > 23 || zoneMinutes > 59) return undefined;
  const east = (zone?.[1] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes);
  if (second === 60) return (((days * 24 + hour!) * 60 + minute! - east) * 60 + 60) * 1000 - 1;
  const wholeSeconds = ((days * 24 + hour!) * 60 + minute! - east) * 60 + second!;
  return wholeSeconds * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

function isObjectText(text: string): boolean {
  try {
    return /^\{/.test(JSON.stringify(JSON.parse(text)));
  } catch {
    return false;
  }
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'empty';
  if (name[0] === '.') return 'starts with "."';
  if (name[0] === '_') return 'starts with "_"';
  if (/[/]/.test(name)) return 'holds "/"';
  if (/\\/.test(name)) return 'holds "\\"';
  const codes = Array.from(name, (character) => character.codePointAt(0)!);
  if (codes.some((code) => code < 32 || (code >= 127 && code < 160))) return 'holds a control character';
  if (codes.some((code) => code >= 0xd800 && code <= 0xdfff)) return 'holds a lone surrogate';
  return Buffer.byteLength(name) > 255 ? 'longer than 255 bytes' : undefined;
}

/** Returns the source text of the object's last member of this name, without the white space between its tokens. */
function sourceOf(json: string, name: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs)!;
  let found = '';
  for (let index = 1; index < tokens.length - 1; index++) {
    const key = JSON.parse(tokens[index]!) as string;
    let value = '';
    let depth = 0;
    for (index += 2; depth > 0 || (tokens[index] !== ',' && index < tokens.length - 1); index++) {
      if ('{['.includes(tokens[index]!)) depth++;
      if ('}]'.includes(tokens[index]!)) depth--;
      value += tokens[index];
    }
    if (key === name) found = value;
  }
  return found;
}
