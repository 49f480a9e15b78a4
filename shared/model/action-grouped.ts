/**
 * Reads the numbers that models use from a line of grouped actions: user, item, type, time and value. The folder names the
 * client. The strings are checked but not read.
 */
import { ITEMID, TIME, TYPE, USERID, VALUE } from './action.ts';
import { groupedRecordProblem, parseActionExactly } from './action-exact.ts';
import { ActionScanner } from './action-scan.ts';
import { parseTime, parseTimeText } from './time.ts';

const REQUIRED = (1 << TIME) | (1 << USERID) | (1 << ITEMID);

/**
 * One object is used for all lines, and `parse` sets its fields.
 *
 *   const action = new GroupedAction();
 *   if (action.parse(buffer, start, end)) count(action.user, action.item); else reject(action.reason);
 */
export class GroupedAction {
  /** An id from 1 to 2^53 - 1. */
  user = Number.NaN;
  /** An id from 0 to 2^53 - 1. */
  item = Number.NaN;
  type = Number.NaN;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  timeMs = Number.NaN;
  value = Number.NaN;
  /** The reason why the last line was rejected, or the empty string. */
  reason = '';
  readonly #scanner = new ActionScanner();

  /** Returns true when `buffer[start, end)` is an action. Otherwise `reason` is set. */
  parse(buffer: Buffer, start: number, end: number): boolean {
    const scan = this.#scanner;
    if (!scan.scan(buffer, start, end)) return this.#parseExactly(buffer, start, end);
    const { present, numbers } = scan;
    if ((present & REQUIRED) !== REQUIRED) return this.#parseExactly(buffer, start, end);
    const timeMs = parseTime(buffer, scan.starts[TIME]! + 1, scan.ends[TIME]! - 1);
    const user = numbers[USERID]!;
    if (Number.isNaN(timeMs) || user === 0) return this.#parseExactly(buffer, start, end);
    this.timeMs = timeMs;
    this.user = user;
    this.item = numbers[ITEMID]!;
    this.type = (present & (1 << TYPE)) === 0 ? 0 : numbers[TYPE]!;
    this.value = (present & (1 << VALUE)) === 0 ? 0 : numbers[VALUE]!;
    this.reason = '';
    return true;
  }

  #parseExactly(buffer: Buffer, start: number, end: number): boolean {
    const { record, reason } = parseActionExactly(buffer, start, start, end);
    this.reason = reason ?? groupedRecordProblem(record) ?? '';
    if (record === undefined || this.reason !== '') return false;
    this.timeMs = parseTimeText(record.timestamp_utc!);
    this.user = record.userid;
    this.item = record.itemid!;
    this.type = record.type;
    this.value = record.value;
    return true;
  }
}
