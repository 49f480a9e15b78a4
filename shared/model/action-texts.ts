/**
 * An action's texts, exactly as its line has them: time, `client_userid`, `client_itemid`, `rectag`, value and `extra_data`.
 * Each ends with a newline, which no such text contains.
 *
 *   2011-08-30T08:15:00Z⏎"12708"⏎"23317"⏎"default"⏎2⏎⏎         (⏎ is the newline; the last text is empty without extra data)
 *
 * Grouping carries actions as their numbers and texts. Together with the client they make a line again (`action-line.ts`),
 * which is more than twice as long.
 */
import { copyBytes, viewOf } from '../columns/bytes.ts';
import { CLIENT_ITEMID, CLIENT_USERID, EXTRA_DATA, ITEMID, RECTAG, USERID, VALUE } from './action.ts';
import type { ActionRecord } from './action-exact.ts';
import type { ActionScanner } from './action-scan.ts';
import { compactJson } from './json-bytes.ts';

export const TEXT_END = 0x0a;
/** The most bytes that the texts have beyond their source: newlines, defaults, and numbers that are printed longer. */
const MAX_ADDED_BYTES = 1 << 10;

const NULL = viewOf(Buffer.from('null'));
const ZERO = viewOf(Buffer.from('0'));
const QUOTE = 0x22;
const DIGIT_ZERO = 0x30;

/** The texts of one action are `bytes[0, length)`. */
export class ActionTexts {
  readonly bytes: Buffer;
  readonly view: DataView;
  length = 0;
  /** The bytes of `client_userid` are `bytes[userStart, userEnd)`, printed as JSON so that equal names have equal bytes. */
  userStart = 0;
  userEnd = 0;
  /** The bytes of `client_itemid` are `bytes[itemStart, itemEnd)`, printed in the same way. */
  itemStart = 0;
  itemEnd = 0;

  constructor(maxSourceBytes: number) {
    this.bytes = Buffer.allocUnsafe(maxSourceBytes + MAX_ADDED_BYTES);
    this.view = viewOf(this.bytes);
  }

  /**
   * Takes the texts of an action that was scanned in `source`. Its strings must have no escapes. The time is
   * `source[timeStart, timeEnd)`, without quotes.
   */
  take(source: Buffer, scan: ActionScanner, timeStart: number, timeEnd: number): void {
    this.length = 0;
    this.#add(scan.view, timeStart, timeEnd);
    this.userStart = this.length;
    this.#addField(scan, CLIENT_USERID, NULL);
    this.userEnd = this.length - 1;
    this.#addField(scan, CLIENT_ITEMID, NULL);
    this.#addOthers(source, scan);
  }

  /**
   * As `take`, for ids that are assigned: `client_userid` and `client_itemid` get the texts that make the ids.
   *
   * @param isoTime the time that replaces the time of the source; undefined to take that
   */
  takeTextIds(source: Buffer, scan: ActionScanner, timeStart: number, timeEnd: number, isoTime?: string): void {
    this.length = 0;
    if (isoTime === undefined) this.#add(scan.view, timeStart, timeEnd);
    else this.length = this.bytes.write(`${isoTime}\n`, 'latin1');
    this.userStart = this.length;
    this.#addTextId(source, scan, CLIENT_USERID, USERID);
    this.userEnd = this.length - 1;
    this.itemStart = this.length;
    this.#addTextId(source, scan, CLIENT_ITEMID, ITEMID);
    this.itemEnd = this.length - 1;
    this.#addOthers(source, scan);
  }

  /** True when the last action has a text for its user. */
  get hasUserText(): boolean {
    return this.bytes[this.userStart] === QUOTE;
  }

  get hasItemText(): boolean {
    return this.bytes[this.itemStart] === QUOTE;
  }

  /** Adds the text that makes an id, by the rule of `withTextIds`. */
  #addTextId(source: Buffer, scan: ActionScanner, ownField: number, idField: number): void {
    const { view, starts, ends, present } = scan;
    const ownStart = starts[ownField]!;
    const ownEnd = ends[ownField]!;
    // Two quotes alone are the empty text.
    if ((present & (1 << ownField)) !== 0 && ownEnd - ownStart > 2) {
      this.#add(view, ownStart, ownEnd);
      return;
    }
    const isGiven = (present & (1 << idField)) !== 0;
    const quotes = isGiven && source[starts[idField]!] === QUOTE ? 1 : 0;
    const start = starts[idField]! + quotes;
    const end = ends[idField]! - quotes;
    const isNobody = idField === USERID && end - start === 1 && source[start] === DIGIT_ZERO;
    if (!isGiven || end === start || isNobody) {
      this.#add(NULL, 0, NULL.byteLength);
      return;
    }
    this.bytes[this.length++] = QUOTE;
    this.length = copyBytes(view, start, end, this.view, this.length);
    this.bytes[this.length++] = QUOTE;
    this.bytes[this.length++] = TEXT_END;
  }

  #addOthers(source: Buffer, scan: ActionScanner): void {
    this.#addField(scan, RECTAG, NULL);
    this.#addField(scan, VALUE, ZERO);
    if ((scan.present & (1 << EXTRA_DATA)) !== 0) {
      const { starts, ends } = scan;
      this.length = compactJson(source, starts[EXTRA_DATA]!, ends[EXTRA_DATA]!, this.bytes, this.length);
    }
    this.bytes[this.length++] = TEXT_END;
  }

  /** Takes the texts of a parsed record. `time` replaces the record's own time. */
  takeRecord({ client_userid, client_itemid, rectag, value, extra_data }: ActionRecord, time: string): void {
    const [user, item, tag] = [client_userid, client_itemid, rectag].map((text) => JSON.stringify(text ?? null));
    this.userStart = Buffer.byteLength(time) + 1;
    this.userEnd = this.userStart + Buffer.byteLength(user!);
    this.itemStart = this.userEnd + 1;
    this.itemEnd = this.itemStart + Buffer.byteLength(item!);
    this.length = this.bytes.write(`${[time, user, item, tag, value, extra_data ?? ''].join('\n')}\n`, 'utf8');
  }

  #addField({ view, starts, ends, present }: ActionScanner, field: number, missing: DataView): void {
    if ((present & (1 << field)) === 0) this.#add(missing, 0, missing.byteLength);
    else this.#add(view, starts[field]!, ends[field]!);
  }

  #add(from: DataView, start: number, end: number): void {
    const to = copyBytes(from, start, end, this.view, this.length);
    this.bytes[to] = TEXT_END;
    this.length = to + 1;
  }
}
