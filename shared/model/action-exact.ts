/**
 * The exact parser of an action: it calls JSON.parse and then checks every field. It decides which lines are actions; the
 * scanner (`action-scan.ts`) only reaches the same result faster. Of two equal keys the last counts, as in JSON.parse.
 */
import { isUtf8 } from 'node:buffer';
import { parseJson } from '../json.ts';
import { isWhite } from '../lines/white-space.ts';
import { type FIELD_NAMES, REASONS } from './action.ts';
import { clientNameProblem } from './client-name.ts';
import { parseEpochText } from './epoch-time.ts';
import { lastMemberText } from './json-bytes.ts';
import { type IdWay, type JsonFields, withTextIds } from './text-ids.ts';
import { DATE_LENGTH, parseTimeText } from './time.ts';

/** A record whose fields have the right types. A field that is missing or null is undefined, or 0 if that is its default. */
export interface ActionRecord {
  readonly timestamp_utc: string | undefined;
  readonly client: string | undefined;
  readonly client_userid: string | undefined;
  readonly userid: number;
  readonly itemid: number | undefined;
  readonly client_itemid: string | undefined;
  readonly rectag: string | undefined;
  readonly type: number;
  readonly value: number;
  /** The JSON text without insignificant white space. */
  readonly extra_data: string | undefined;
}

/** A record; or the reason why the line has none, with the client if the line names one. */
export type Exactly =
  | { readonly record: ActionRecord; readonly reason?: undefined; readonly client?: undefined }
  | { readonly record?: undefined; readonly reason: string; readonly client?: string | undefined };

/**
 * Reads the line `buffer[start, end)`, whose JSON begins at `jsonStart`.
 *
 * @param ids with `assign`, the texts that make ids are in `client_userid` and `client_itemid`; `userid` is 0, and there is no
 *   `itemid`
 */
export function parseActionExactly(
  buffer: Buffer,
  start: number,
  jsonStart: number,
  end: number,
  ids: IdWay = 'given',
): Exactly {
  if (!isUtf8(buffer.subarray(start, end))) return { reason: REASONS.notUtf8 };
  if (!mayBeJson(buffer, jsonStart, end)) return { reason: REASONS.notJson };
  const json = parseJson(buffer.toString('utf8', jsonStart, end));
  if (json === undefined) return { reason: REASONS.notJson };
  if (!isObject(json)) return { reason: REASONS.notAnObject };

  const fields = ids === 'given' ? (json as JsonFields) : withTextIds(json as JsonFields);
  const idRule = ids === 'given' ? ID : TEXT_OR_ID;
  let reason: string | undefined;
  const string = (name: (typeof FIELD_NAMES)[number]): string | undefined => {
    const value = fields[name] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    reason ??= `${name}: not a string`;
    return undefined;
  };
  const number = (name: (typeof FIELD_NAMES)[number], rule: NumberRule): number | undefined => {
    const value = fields[name] ?? undefined;
    if (value === undefined) return undefined;
    // `+ 0` turns -0 into 0, as it is printed.
    if (typeof value === 'number' && rule.holds(value)) return value + 0;
    reason ??= `${name}: ${rule.broken}`;
    return undefined;
  };
  const hasExtraData = fields.extra_data !== undefined && fields.extra_data !== null;
  const record: ActionRecord = {
    timestamp_utc: string('timestamp_utc'),
    client: string('client'),
    client_userid: string('client_userid'),
    userid: number('userid', idRule) ?? 0,
    itemid: number('itemid', idRule),
    client_itemid: string('client_itemid'),
    rectag: string('rectag'),
    type: number('type', INTEGER) ?? 0,
    value: number('value', FINITE) ?? 0,
    extra_data: hasExtraData ? lastMemberText(buffer, jsonStart, end, 'extra_data') : undefined,
  };
  return reason === undefined ? { record } : { reason, client: possibleClient(record.client) };
}

/** The time and the tag before the JSON of a collector's line. */
export interface LineHead {
  readonly time: string;
  readonly tag: string;
}

/**
 * Returns the reason to reject this record of a raw log, or undefined when it is an action.
 *
 * @param head the head of a collector's line, whose time counts; undefined for bare JSON, in which the record's time counts
 */
export function rawRecordProblem(
  record: ActionRecord,
  head: LineHead | undefined,
  ids: IdWay = 'given',
): string | undefined {
  const time = head === undefined ? record.timestamp_utc : head.time;
  if (time === undefined) return REASONS.timeMissing;
  const tagProblem = head && timeInTag(head.tag);
  if (tagProblem !== undefined) return tagProblem;
  const isTime = !Number.isNaN(parseTimeText(time));
  if (!isTime && !isEpochTime(time, ids)) return timeProblem(ids);
  // The collector writes the time at which it read the line. If that is only a date, the time of day is somewhere else.
  if (head !== undefined && isTime && time.length === DATE_LENGTH) return REASONS.timeOfDayMissing;
  if (record.client === undefined) return REASONS.clientMissing;
  const problem = clientNameProblem(record.client);
  if (problem !== undefined) return `client: ${problem}`;
  if (ids === 'assign') return textIdProblem(record);
  return record.itemid === undefined ? REASONS.itemMissing : undefined;
}

/** Returns the reason when no id can be made of a text: UTF-8 has no bytes for a lone surrogate. */
function textIdProblem({ client_userid, client_itemid }: ActionRecord): string | undefined {
  if (client_itemid === undefined) return REASONS.itemMissing;
  if (client_userid?.isWellFormed() === false) return REASONS.userUnpaired;
  return client_itemid.isWellFormed() ? undefined : REASONS.itemUnpaired;
}

const isEpochTime = (time: string, ids: IdWay): boolean => ids === 'assign' && !Number.isNaN(parseEpochText(time));
const timeProblem = (ids: IdWay): string => (ids === 'given' ? REASONS.timeInvalid : REASONS.timeUnknown);

/**
 * Returns why a collector's line has no record behind its head: a fault of the head if it has one, else `reason`.
 *
 *   2011-12-09 22:00:00 actions {…}     the tag would be `22:00:00`, and the JSON would begin with `actions`
 *
 * @param json the text behind the head
 */
export function rawLineProblem({ time, tag }: LineHead, json: string, reason: string, ids: IdWay = 'given'): string {
  const tagProblem = timeInTag(tag);
  if (tagProblem !== undefined) return tagProblem;
  if (reason !== REASONS.notJson) return reason;
  if (tag.startsWith('{') && isObject(parseJson(`${tag} ${json}`))) return REASONS.tagMissing;
  const isTime = !Number.isNaN(parseTimeText(time)) || isEpochTime(time, ids);
  return json.includes('{') && !isTime ? timeProblem(ids) : reason;
}

/** Returns the reason when the tag is a time of day or a zone that white space separates from its date; else undefined. */
function timeInTag(tag: string): string | undefined {
  if (/^T?\d{1,2}:\d\d(:\d\d([.,]\d*)?)?(Z|[+-]\d\d(:?\d\d)?)?$/i.test(tag)) return REASONS.timeInTag;
  return /^[+-]\d\d:?\d\d$/.test(tag) ? REASONS.zoneInTag : undefined;
}

/** Returns the reason to reject this record of a client's grouped actions, or undefined when it is an action. */
export function groupedRecordProblem(record: ActionRecord): string | undefined {
  if (record.timestamp_utc === undefined) return REASONS.timeMissing;
  if (Number.isNaN(parseTimeText(record.timestamp_utc))) return REASONS.timeInvalid;
  if (record.userid === 0) return REASONS.userMissing;
  return record.itemid === undefined ? REASONS.itemMissing : undefined;
}

/** Returns the name of a rejected record's client, or undefined when no client can have that name. */
export function possibleClient(name: string | undefined): string | undefined {
  return name === undefined || clientNameProblem(name) !== undefined ? undefined : name;
}

interface NumberRule {
  readonly holds: (value: number) => boolean;
  readonly broken: string;
}
const ID: NumberRule = {
  holds: (value) => Number.isSafeInteger(value) && value >= 0,
  broken: `not an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
};
/** The rule for what is left of an id when no text could be made of it. */
const TEXT_OR_ID: NumberRule = {
  holds: () => false,
  broken: `neither a text nor an integer from 0 to ${Number.MAX_SAFE_INTEGER}`,
};
const INTEGER: NumberRule = { holds: Number.isSafeInteger, broken: 'not an integer' };
const FINITE: NumberRule = { holds: Number.isFinite, broken: 'not a finite number' };

/**
 * Byte with which a JSON value may begin → the bytes with which it may end. The check of these two bytes saves most
 * exceptions when millions of lines are not JSON: an exception of JSON.parse costs as much as reading ten lines.
 */
const LAST_BYTES: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, first) => {
  const character = String.fromCharCode(first);
  if (/[-0-9]/.test(character)) return Buffer.from('0123456789');
  const last = { '{': '}', '[': ']', '"': '"', t: 'e', f: 'e', n: 'l' }[character];
  return last === undefined ? undefined : Buffer.from(last);
});

/** Returns false when JSON.parse surely refuses the text. */
function mayBeJson(buffer: Buffer, start: number, end: number): boolean {
  let first = start;
  let last = end - 1;
  while (first < end && isWhite(buffer[first]!)) first++;
  while (last > first && isWhite(buffer[last]!)) last--;
  return first < end && (LAST_BYTES[buffer[first]!]?.includes(buffer[last]!) ?? false);
}

const isObject = (json: unknown): json is object => json !== null && typeof json === 'object' && !Array.isArray(json);
