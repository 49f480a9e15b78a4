/**
 * Reads a line of the raw logs: the numbers of its action, and the texts from which grouping makes a line again.
 *
 *   2011-08-30T08:15:00Z<tab>actions<tab>{"timestamp_utc":…}     a collector's line: the timestamp before the JSON counts
 *   {"timestamp_utc":…}                                          bare JSON: the record's timestamp counts
 *
 * An empty `client_userid` counts as missing. Otherwise all visitors without a name would be one user.
 *
 * When ids are assigned, the action has the texts that make its ids (`text-ids.ts`), and the caller assigns the ids. Times may
 * then be epoch times, which are written in ISO-8601.
 */
import { viewOf } from '../columns/bytes.ts';
import { ByteTable } from '../lines/byte-table.ts';
import { MOST_DIGITS } from '../lines/decimal.ts';
import { MAX_LINE_BYTES } from '../lines/line-splitter.ts';
import { isWhite } from '../lines/white-space.ts';
import { CLIENT, CLIENT_USERID, ID_FIELDS, ITEMID, REASONS, STRING_FIELDS, TIME, TYPE, USERID } from './action.ts';
import {
  type ActionRecord,
  type LineHead,
  parseActionExactly,
  possibleClient,
  rawLineProblem,
  rawRecordProblem,
} from './action-exact.ts';
import { ActionLineWriter } from './action-line.ts';
import { ActionScanner } from './action-scan.ts';
import { ActionTexts } from './action-texts.ts';
import { clientNameProblem } from './client-name.ts';
import { epochInIso, parseEpoch, parseEpochText } from './epoch-time.ts';
import type { IdWay } from './text-ids.ts';
import { DATE_LENGTH, parseTime, parseTimeText } from './time.ts';

const REQUIRED = (1 << CLIENT) | (1 << ITEMID);
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const NINE = 0x39;
const LOWER_T = 0x74;
/** The bit that turns an ASCII letter into lower case. */
const LOWER_CASE = 0x20;
/** Texts up to this length never make a line that is too long. Field names, numbers and the client's name are far shorter. */
const SURELY_FIT_BYTES = MAX_LINE_BYTES - 4096;

export const UNKNOWN_CLIENT = -1;

/** One object is used for all lines, and `parse` sets its fields. */
export class RawAction {
  /** The client's number, in the order of first use; `UNKNOWN_CLIENT` when a rejected line names no client. */
  client = UNKNOWN_CLIENT;
  /** An id from 0 to 2^53 - 1; 0 when it is not yet known. When ids are assigned, user and item are not set here. */
  user = Number.NaN;
  item = Number.NaN;
  type = Number.NaN;
  timeMs = Number.NaN;
  /** True when the action has the client's own name for the user, from which a missing id can be found, or made. */
  hasClientUserid = false;
  /** The reason why the last line was rejected, or the empty string. */
  reason = '';
  /** The texts of the last action. */
  readonly texts = new ActionTexts(MAX_LINE_BYTES);
  readonly #ids: IdWay;
  readonly #scanner: ActionScanner;
  readonly #clients = new ByteTable();
  readonly #clientNames: string[] = [];

  constructor(ids: IdWay = 'given') {
    this.#ids = ids;
    this.#scanner = new ActionScanner(ids === 'assign');
  }

  /** The names of the clients by number. */
  get clientNames(): readonly string[] {
    return this.#clientNames;
  }

  /**
   * Returns true when the line `buffer[start, end)` is an action. Otherwise `reason` is set.
   *
   * The line must not be blank, nor longer than 1 MiB.
   */
  parse(buffer: Buffer, start: number, end: number): boolean {
    let at = skipSpace(buffer, start, end);
    let timeStart = at;
    let timeEnd = at;
    let tagStart = at;
    let tagEnd = at;
    if (buffer[at] !== OPEN_BRACE) {
      timeEnd = skipWord(buffer, at, end);
      tagStart = skipSpace(buffer, timeEnd, end);
      tagEnd = skipWord(buffer, tagStart, end);
      at = skipSpace(buffer, tagEnd, end);
    }
    const bare = timeStart === timeEnd;
    const scan = this.#scanner;
    if (this.#ids === 'assign' && this.#takeTextIds(buffer, at, timeStart, timeEnd, tagStart, tagEnd, end)) {
      return this.#finish();
    }
    if (this.#ids === 'given' && at < end && buffer[at] === OPEN_BRACE && scan.scan(buffer, at, end)) {
      const { present, numbers, starts, ends } = scan;
      if (bare && (present & (1 << TIME)) !== 0) {
        timeStart = starts[TIME]! + 1;
        timeEnd = ends[TIME]! - 1;
      }
      const timeMs = parseTime(buffer, timeStart, timeEnd);
      const known = (present & REQUIRED) === REQUIRED && !Number.isNaN(timeMs) && (scan.escaped & STRING_FIELDS) === 0;
      if (
        known &&
        (bare || (timeEnd - timeStart > DATE_LENGTH && isPlainTag(buffer, tagStart, tagEnd))) &&
        this.#knowClient(buffer, starts[CLIENT]! + 1, ends[CLIENT]! - 1)
      ) {
        this.timeMs = timeMs;
        this.user = (present & (1 << USERID)) === 0 ? 0 : numbers[USERID]!;
        this.item = numbers[ITEMID]!;
        this.type = (present & (1 << TYPE)) === 0 ? 0 : numbers[TYPE]!;
        this.hasClientUserid = (present & (1 << CLIENT_USERID)) !== 0 && !isEmptyString(scan, CLIENT_USERID);
        if (!this.hasClientUserid) scan.present &= ~(1 << CLIENT_USERID);
        this.texts.take(buffer, scan, timeStart, timeEnd);
        return this.#finish();
      }
    }
    if (bare) return this.#parseExactly(buffer, start, undefined, at, end);
    const head = {
      time: buffer.toString('utf8', timeStart, timeEnd),
      tag: buffer.toString('utf8', tagStart, tagEnd),
    };
    return this.#parseExactly(buffer, start, head, at, end);
  }

  /** Takes the usual record of assigned ids that begins at `json`. Returns false for a record that the exact parser must read. */
  #takeTextIds(
    buffer: Buffer,
    json: number,
    timeStart: number,
    timeEnd: number,
    tagStart: number,
    tagEnd: number,
    end: number,
  ): boolean {
    const scan = this.#scanner;
    if (json >= end || buffer[json] !== OPEN_BRACE || !scan.scan(buffer, json, end)) return false;
    const { present, numbers, starts, ends } = scan;
    const bare = timeStart === timeEnd;
    if (bare && (present & (1 << TIME)) !== 0) {
      const quotes = buffer[starts[TIME]!] === QUOTE ? 1 : 0;
      timeStart = starts[TIME]! + quotes;
      timeEnd = ends[TIME]! - quotes;
    }
    const isoMs = parseTime(buffer, timeStart, timeEnd);
    const isEpoch = Number.isNaN(isoMs);
    this.timeMs = isEpoch ? parseEpoch(buffer, timeStart, timeEnd) : isoMs;
    const isWhole = (present & (1 << CLIENT)) !== 0 && !Number.isNaN(this.timeMs);
    if (!isWhole || (scan.escaped & (STRING_FIELDS | ID_FIELDS)) !== 0) return false;
    const hasTimeOfDay = bare || isEpoch || timeEnd - timeStart > DATE_LENGTH;
    if (!hasTimeOfDay || !(bare || isPlainTag(buffer, tagStart, tagEnd))) return false;
    if (!this.#knowClient(buffer, starts[CLIENT]! + 1, ends[CLIENT]! - 1)) return false;
    this.type = (present & (1 << TYPE)) === 0 ? 0 : numbers[TYPE]!;
    this.texts.takeTextIds(buffer, scan, timeStart, timeEnd, isEpoch ? epochInIso(this.timeMs) : undefined);
    this.hasClientUserid = this.texts.hasUserText;
    return this.texts.hasItemText;
  }

  #parseExactly(buffer: Buffer, start: number, head: LineHead | undefined, json: number, end: number): boolean {
    const { record: found, reason, client } = parseActionExactly(buffer, start, json, end, this.#ids);
    if (found === undefined) {
      const isLineAtFault = head !== undefined && (reason === REASONS.notJson || reason === REASONS.notAnObject);
      return this.#reject(
        isLineAtFault ? rawLineProblem(head, buffer.toString('utf8', json, end), reason, this.#ids) : reason,
        client,
      );
    }
    const record: ActionRecord = found.client_userid === '' ? { ...found, client_userid: undefined } : found;
    const problem = rawRecordProblem(record, head, this.#ids);
    if (problem !== undefined) return this.#reject(problem, possibleClient(record.client));
    const time = head === undefined ? record.timestamp_utc! : head.time;
    this.client = this.#numberOf(record.client!);
    const isoMs = parseTimeText(time);
    const isEpoch = Number.isNaN(isoMs);
    this.timeMs = isEpoch ? parseEpochText(time) : isoMs;
    this.user = record.userid;
    this.item = record.itemid ?? Number.NaN;
    this.type = record.type;
    this.hasClientUserid = record.client_userid !== undefined;
    this.texts.takeRecord(record, isEpoch ? epochInIso(this.timeMs) : time);
    return this.#finish();
  }

  /** Rejects an action whose line, as grouping would write it, is too long to be read back. */
  #finish(): boolean {
    this.reason = this.texts.length > SURELY_FIT_BYTES && !this.#fits() ? REASONS.tooLong : '';
    return this.reason === '';
  }

  #fits(): boolean {
    const { type, texts } = this;
    // An id that is assigned later may have as many digits as any.
    const [user, item] = this.#ids === 'given' ? [this.user, this.item] : [0, Number.MAX_SAFE_INTEGER];
    const writer = new ActionLineWriter(this.clientNames[this.client]!);
    const line = Buffer.allocUnsafe(texts.length + writer.added);
    const length = writer.write(user, item, type, texts.bytes, 0, line, viewOf(line), 0) - 1;
    return length + (user === 0 ? MOST_DIGITS - 1 : 0) <= MAX_LINE_BYTES;
  }

  #reject(reason: string, client: string | undefined): boolean {
    this.client = client === undefined ? UNKNOWN_CLIENT : this.#numberOf(client);
    this.reason = reason;
    return false;
  }

  /** Sets `client` from its name in the buffer, which has no escapes. Returns false when no client can have that name. */
  #knowClient(buffer: Buffer, start: number, end: number): boolean {
    const known = this.#clients.find(this.#scanner.view, start, end);
    if (known >= 0) this.client = known;
    else {
      const name = buffer.toString('utf8', start, end);
      // The scanner has checked that the bytes are UTF-8.
      if (clientNameProblem(name) !== undefined) return false;
      this.client = this.#numberOf(name);
    }
    return true;
  }

  #numberOf(name: string): number {
    const bytes = viewOf(Buffer.from(name));
    const number = this.#clients.intern(bytes, 0, bytes.byteLength);
    if (number === this.#clientNames.length) this.#clientNames.push(name);
    return number;
  }
}

function skipSpace(buffer: Buffer, at: number, end: number): number {
  while (at < end && isWhite(buffer[at]!)) at++;
  return at;
}

function skipWord(buffer: Buffer, at: number, end: number): number {
  while (at < end && (buffer[at]! > 0x20 || !isWhite(buffer[at]!))) at++;
  return at;
}

/**
 * True when a tag is ASCII and cannot be a time or a zone. The exact parser decides on any other tag, because the scanner
 * only looks at the record.
 */
function isPlainTag(buffer: Buffer, start: number, end: number): boolean {
  const first = buffer[start]!;
  if (first <= NINE || (first | LOWER_CASE) === LOWER_T) return false;
  for (let at = start; at < end; at++) if (buffer[at]! > 0x7f) return false;
  return true;
}

const isEmptyString = ({ starts, ends }: ActionScanner, field: number): boolean => ends[field]! - starts[field]! === 2;
