/**
 * Reads a line of the raw logs: the numbers of its action, and the texts of which grouping makes a line again.
 *
 *   2011-08-30T08:15:00Z<tab>actions<tab>{"timestamp_utc":…}     a collector's line: its own timestamp counts
 *   {"timestamp_utc":…}                                          bare JSON: the record's
 *
 * An empty `client_userid` is a missing one: else all visitors without a name would be one user.
 */
import { viewOf } from '../columns/bytes.ts';
import { ByteTable } from '../lines/byte-table.ts';
import { MOST_DIGITS } from '../lines/decimal.ts';
import { MAX_LINE_BYTES } from '../lines/line-splitter.ts';
import { isWhite } from '../lines/white-space.ts';
import { CLIENT, CLIENT_USERID, ITEMID, REASONS, STRING_FIELDS, TIME, TYPE, USERID } from './action.ts';
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
import { parseTime, parseTimeText } from './time.ts';

const REQUIRED = (1 << CLIENT) | (1 << ITEMID);
/** Of `2011-08-30`. */
const DATE_LENGTH = 10;
const OPEN_BRACE = 0x7b;
const NINE = 0x39;
const LOWER_T = 0x74;
const LOWER_CASE = 0x20;
/** Texts no longer than this make no line that is too long: names of fields, numbers and the client's name are far shorter. */
const SURELY_FIT_BYTES = MAX_LINE_BYTES - 4096;

export const UNKNOWN_CLIENT = -1;

/** One object for all lines: `parse` fills it. */
export class RawAction {
  /** The client's number, in order of first sight; `UNKNOWN_CLIENT` when a rejected line tells none. */
  client = UNKNOWN_CLIENT;
  /** Id from 0 to 2^53 - 1; 0 when it is not yet known. */
  user = Number.NaN;
  item = Number.NaN;
  type = Number.NaN;
  timeMs = Number.NaN;
  /** Whether the client says who the user is, so that a missing id can be found. */
  hasClientUserid = false;
  /** Why the last line was rejected; the empty string when it was not. */
  reason = '';
  /** The texts of the last action. */
  readonly texts = new ActionTexts(MAX_LINE_BYTES);
  readonly #scanner = new ActionScanner();
  readonly #clients = new ByteTable();
  readonly #clientNames: string[] = [];

  /** The names of the clients by number. */
  get clientNames(): readonly string[] {
    return this.#clientNames;
  }

  /** Whether `buffer[start, end)`, a line that is not blank and not longer than 1 MiB, is an action; `reason` says why not. */
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
    if (at < end && buffer[at] === OPEN_BRACE && scan.scan(buffer, at, end)) {
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

  #parseExactly(buffer: Buffer, start: number, head: LineHead | undefined, json: number, end: number): boolean {
    const { record: found, reason, client } = parseActionExactly(buffer, start, json, end);
    if (found === undefined) {
      const isLineAtFault = head !== undefined && (reason === REASONS.notJson || reason === REASONS.notAnObject);
      return this.#reject(
        isLineAtFault ? rawLineProblem(head, buffer.toString('utf8', json, end), reason) : reason,
        client,
      );
    }
    const record: ActionRecord = found.client_userid === '' ? { ...found, client_userid: undefined } : found;
    const problem = rawRecordProblem(record, head);
    if (problem !== undefined) return this.#reject(problem, possibleClient(record.client));
    const time = head === undefined ? record.timestamp_utc! : head.time;
    this.client = this.#numberOf(record.client!);
    this.timeMs = parseTimeText(time);
    this.user = record.userid;
    this.item = record.itemid!;
    this.type = record.type;
    this.hasClientUserid = record.client_userid !== undefined;
    this.texts.takeRecord(record, time);
    return this.#finish();
  }

  /** An action that could not be read back, because its line as written is too long, is none. */
  #finish(): boolean {
    this.reason = this.texts.length > SURELY_FIT_BYTES && !this.#fits() ? REASONS.tooLong : '';
    return this.reason === '';
  }

  #fits(): boolean {
    const { user, item, type, texts } = this;
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

  /** Sets `client` from its name without escapes in the buffer; false when no client can have that name. */
  #knowClient(buffer: Buffer, start: number, end: number): boolean {
    const known = this.#clients.find(this.#scanner.view, start, end);
    if (known >= 0) this.client = known;
    else {
      const name = buffer.toString('utf8', start, end);
      // Bytes that are no UTF-8 never come here: the scanner has looked.
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
 * True when a tag is ASCII and cannot be a time or a zone; the exact parser decides on any other. The scanner looks at the
 * record alone.
 */
function isPlainTag(buffer: Buffer, start: number, end: number): boolean {
  const first = buffer[start]!;
  if (first <= NINE || (first | LOWER_CASE) === LOWER_T) return false;
  for (let at = start; at < end; at++) if (buffer[at]! > 0x7f) return false;
  return true;
}

const isEmptyString = ({ starts, ends }: ActionScanner, field: number): boolean => ends[field]! - starts[field]! === 2;
