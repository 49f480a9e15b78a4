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
import { CLIENT_ITEMID, CLIENT_USERID, EXTRA_DATA, RECTAG, VALUE } from './action.ts';
import type { ActionRecord } from './action-exact.ts';
import type { ActionScanner } from './action-scan.ts';
import { compactJson } from './json-bytes.ts';

export const TEXT_END = 0x0a;
/** The most bytes that the texts have beyond their source: newlines, defaults, and numbers that are printed longer. */
const MAX_ADDED_BYTES = 1 << 10;

const NULL = viewOf(Buffer.from('null'));
const ZERO = viewOf(Buffer.from('0'));

/** The texts of one action are `bytes[0, length)`. */
export class ActionTexts {
  readonly bytes: Buffer;
  readonly view: DataView;
  length = 0;
  /** The bytes of `client_userid` are `bytes[userStart, userEnd)`, printed as JSON so that equal names have equal bytes. */
  userStart = 0;
  userEnd = 0;

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
