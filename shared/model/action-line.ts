/**
 * Writes a scanned action as the canonical line, without making strings.
 *
 * Stretches of the source that are canonical already (`,"userid":67,"itemid":2879`) are copied as a whole: a field goes on
 * with the stretch before it when its value follows there behind its canonical prefix.
 */
import { copyBytes, viewOf } from '../columns/bytes.ts';
import { CLIENT, CLIENT_USERID, EXTRA_DATA, FIELD_PREFIXES, NUMBER_FIELDS, USERID } from './action.ts';
import type { ActionScanner } from './action-scan.ts';
import { compactJson } from './json-bytes.ts';

/** What a line may have that its source has not: prefixes, defaults, quotes. */
export const MAX_ADDED_BYTES = 1 << 10;

const NULL = Buffer.from('null');
const ZERO = Buffer.from('0');
const CLOSE_BRACE = 0x7d;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

/**
 * A line with its end, `bytes[0, length)`, and the places in it that grouping needs:
 *
 *   {"timestamp_utc":"…","client":"onlineretail","client_userid":"14911","userid":67,"itemid":2879,…}
 *                                 ^keyStart                           ^keyEnd    ^idStart
 *
 * The key, `"onlineretail","client_userid":"14911"`, stands for the user as the client knows it: JSON prints equal strings
 * equally. For `userid` 0 the one byte at `idStart` is what a known id replaces.
 */
export class ActionLine {
  readonly bytes: Buffer;
  readonly view: DataView;
  length = 0;
  keyStart = 0;
  keyEnd = 0;
  idStart = 0;

  constructor(maxSourceBytes: number) {
    this.bytes = Buffer.allocUnsafe(maxSourceBytes + MAX_ADDED_BYTES);
    this.view = viewOf(this.bytes);
    // Every line begins with it: it is never written again.
    FIELD_PREFIXES[0]!.copy(this.bytes);
  }

  /**
   * Takes what was scanned in `source`, with no escapes in the strings that are written; the time is
   * `source[timeStart, timeEnd)`, without quotes.
   */
  write(source: Buffer, scan: ActionScanner, timeStart: number, timeEnd: number): void {
    const { starts, ends, present, canonical, view } = scan;
    const bytes = this.bytes;
    let at = FIELD_PREFIXES[0]!.length;
    bytes[at++] = QUOTE;
    at = copyBytes(view, timeStart, timeEnd, this.view, at);
    bytes[at++] = QUOTE;

    // The stretch under way, not yet copied: source[from, to).
    let from = 0;
    let to = 0;
    for (let field = CLIENT; field < EXTRA_DATA; field++) {
      const prefix = FIELD_PREFIXES[field]!;
      const bit = 1 << field;
      const start = starts[field]!;
      const written = (present & bit) !== 0;
      if (!written || (canonical & bit) === 0 || start - prefix.length !== to) {
        at = copyBytes(view, from, to, this.view, at);
        if (written && (canonical & bit) !== 0) from = start - prefix.length;
        else {
          at = copy(prefix, 0, prefix.length, bytes, at);
          from = start;
        }
      }
      if (written) to = ends[field]!;
      else {
        const missing = (NUMBER_FIELDS & bit) !== 0 ? ZERO : NULL;
        at = copy(missing, 0, missing.length, bytes, at);
        from = 0;
        to = 0;
      }
      // Where the value lies in the line: behind what is written and the stretch up to it.
      const valueEnd = at + to - from;
      if (field === CLIENT) this.keyStart = valueEnd - (ends[CLIENT]! - start);
      else if (field === CLIENT_USERID) this.keyEnd = valueEnd;
      else if (field === USERID) this.idStart = valueEnd - (written ? to - start : ZERO.length);
    }
    at = copyBytes(view, from, to, this.view, at);
    if ((present & (1 << EXTRA_DATA)) !== 0) {
      const prefix = FIELD_PREFIXES[EXTRA_DATA]!;
      at = copy(prefix, 0, prefix.length, bytes, at);
      at = compactJson(source, starts[EXTRA_DATA]!, ends[EXTRA_DATA]!, bytes, at);
    }
    bytes[at++] = CLOSE_BRACE;
    bytes[at++] = NEWLINE;
    this.length = at;
  }

  /** Takes a line that was written as text, with its places found again. The client is there, as `client` prints. */
  writeText(text: string, time: string, client: string, clientUserid: string | undefined): void {
    const printed = (value: string | undefined) => Buffer.byteLength(JSON.stringify(value ?? null));
    const prefix = (field: number) => FIELD_PREFIXES[field]!.length;
    this.keyStart = prefix(0) + printed(time) + prefix(CLIENT);
    this.keyEnd = this.keyStart + printed(client) + prefix(CLIENT_USERID) + printed(clientUserid);
    this.idStart = this.keyEnd + prefix(USERID);
    this.length = this.bytes.write(`${text}\n`, 'utf8');
  }
}

function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  for (let from = start, to = at; from < end; from++, to++) target[to] = source[from]!;
  return at + end - start;
}
