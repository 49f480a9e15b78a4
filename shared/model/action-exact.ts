/**
 * The exact way through an action's JSON: JSON.parse, then every field looked at. It decides what is an action; the
 * scanner (`action-scan.ts`) only says the same faster. Of two equal keys the last counts, as in JSON.parse.
 */
import { isUtf8 } from 'node:buffer';
import { type FIELD_NAMES, REASONS } from './action.ts';
import { clientNameProblem } from './client-name.ts';
import { lastMemberText } from './json-bytes.ts';
import { parseTimeText } from './time.ts';

/** A record whose fields have the right types; what is missing or null is undefined, or 0 where that is the default. */
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
  /** Source text without insignificant white space. */
  readonly extra_data: string | undefined;
}

/** A record, or why there is none and the client that is known all the same. */
export type Exactly =
  | { readonly record: ActionRecord; readonly reason?: undefined; readonly client?: undefined }
  | { readonly record?: undefined; readonly reason: string; readonly client?: string | undefined };

/** Reads the line `buffer[start, end)`, whose JSON begins at `jsonStart`. */
export function parseActionExactly(buffer: Buffer, start: number, jsonStart: number, end: number): Exactly {
  if (!isUtf8(buffer.subarray(start, end))) return { reason: REASONS.notUtf8 };
  const json = parseJson(buffer.toString('utf8', jsonStart, end));
  if (json === undefined) return { reason: REASONS.notJson };
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return { reason: REASONS.notAnObject };

  const fields = json as Readonly<Record<(typeof FIELD_NAMES)[number], unknown>>;
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
    // `+ 0` makes -0 the 0 that it is printed as.
    if (typeof value === 'number' && rule.holds(value)) return value + 0;
    reason ??= `${name}: ${rule.broken}`;
    return undefined;
  };
  const hasExtraData = fields.extra_data !== undefined && fields.extra_data !== null;
  const record: ActionRecord = {
    timestamp_utc: string('timestamp_utc'),
    client: string('client'),
    client_userid: string('client_userid'),
    userid: number('userid', ID) ?? 0,
    itemid: number('itemid', ID),
    client_itemid: string('client_itemid'),
    rectag: string('rectag'),
    type: number('type', INTEGER) ?? 0,
    value: number('value', FINITE) ?? 0,
    extra_data: hasExtraData ? lastMemberText(buffer, jsonStart, end, 'extra_data') : undefined,
  };
  return reason === undefined ? { record } : { reason, client: possibleClient(record.client) };
}

/** Why this record of a raw log is none to keep; undefined when it is one. `time` is the one that counts. */
export function rawRecordProblem(record: ActionRecord, time: string | undefined): string | undefined {
  if (time === undefined) return REASONS.timeMissing;
  if (Number.isNaN(parseTimeText(time))) return REASONS.timeInvalid;
  if (record.client === undefined) return REASONS.clientMissing;
  const problem = clientNameProblem(record.client);
  if (problem !== undefined) return `client: ${problem}`;
  return record.itemid === undefined ? REASONS.itemMissing : undefined;
}

/** Why this record of a client's grouped actions is none to learn from; undefined when it is one. */
export function groupedRecordProblem(record: ActionRecord): string | undefined {
  if (record.timestamp_utc === undefined) return REASONS.timeMissing;
  if (Number.isNaN(parseTimeText(record.timestamp_utc))) return REASONS.timeInvalid;
  if (record.userid === 0) return REASONS.userMissing;
  return record.itemid === undefined ? REASONS.itemMissing : undefined;
}

/** The client of a rejected record, where a client can have that name. */
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
const INTEGER: NumberRule = { holds: Number.isSafeInteger, broken: 'not an integer' };
const FINITE: NumberRule = { holds: Number.isFinite, broken: 'not a finite number' };

/** The JSON value, undefined when the text is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
