/** Writes the lines of grouped actions from the actions' numbers and texts. */
import { viewOf } from '../columns/bytes.ts';
import { MOST_DIGITS, writeDigits } from '../lines/decimal.ts';
import {
  CLIENT,
  CLIENT_ITEMID,
  CLIENT_USERID,
  EXTRA_DATA,
  FIELD_PREFIXES,
  ITEMID,
  RECTAG,
  TIME,
  TYPE,
  USERID,
  VALUE,
} from './action.ts';
import { TEXT_END } from './action-texts.ts';

const MINUS = 0x2d;
/** The most bytes of user, item and type together; a type may have a sign. */
const MOST_NUMBER_BYTES = 3 * MOST_DIGITS + 1;
/** A constant piece is copied eight bytes at a time. The next piece overwrites the bytes that are too many. */
const STEP = 8;

/** The indices of a line's constant pieces: the one before each text or number, and the end. */
const [BEFORE_TIME, BEFORE_CLIENT_USERID, BEFORE_USERID, BEFORE_ITEMID, BEFORE_CLIENT_ITEMID] = [0, 1, 2, 3, 4];
const [BEFORE_RECTAG, BEFORE_TYPE, BEFORE_VALUE, BEFORE_EXTRA_DATA, END] = [5, 6, 7, 8, 9];

function piecesOf(client: string): string[] {
  const prefix = (field: number) => String(FIELD_PREFIXES[field]);
  const behindTime = `"${prefix(CLIENT)}${JSON.stringify(client)}${prefix(CLIENT_USERID)}`;
  const others = [USERID, ITEMID, CLIENT_ITEMID, RECTAG, TYPE, VALUE, EXTRA_DATA].map(prefix);
  return [`${prefix(TIME)}"`, behindTime, ...others, '}\n'];
}

/** Writes the lines of one client's actions. */
export class ActionLineWriter {
  /** All pieces, each from a multiple of `STEP` on; their starts and their lengths. */
  readonly #pieces: DataView;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  /** The most bytes of a line beyond its texts. */
  readonly added: number;
  /** The texts of the current action, and the start of the next text. */
  #texts: Uint8Array = new Uint8Array();
  #next = 0;

  constructor(client: string) {
    const pieces = piecesOf(client).map((piece) => Buffer.from(piece));
    let at = 0;
    for (const { length } of pieces) {
      this.#starts.push(at);
      this.#lengths.push(length);
      at += Math.ceil(length / STEP) * STEP;
    }
    const all = Buffer.alloc(at);
    for (const [place, piece] of pieces.entries()) piece.copy(all, this.#starts[place]);
    this.#pieces = viewOf(all);
    this.added = at + MOST_NUMBER_BYTES;
  }

  /**
   * Writes a line, with its end, to `to` from `at` on. Returns the position behind it.
   *
   * @param texts the bytes in which the action's texts begin at `start`
   * @param to must have room for the texts and `added` bytes more
   * @param toView a view of the same bytes as `to`
   */
  write(
    user: number,
    item: number,
    type: number,
    texts: Uint8Array,
    start: number,
    to: Uint8Array,
    toView: DataView,
    at: number,
  ): number {
    this.#texts = texts;
    this.#next = start;
    at = this.#text(to, this.#piece(BEFORE_TIME, toView, at));
    at = this.#text(to, this.#piece(BEFORE_CLIENT_USERID, toView, at));
    at = writeDigits(to, this.#piece(BEFORE_USERID, toView, at), user);
    at = writeDigits(to, this.#piece(BEFORE_ITEMID, toView, at), item);
    at = this.#text(to, this.#piece(BEFORE_CLIENT_ITEMID, toView, at));
    at = this.#text(to, this.#piece(BEFORE_RECTAG, toView, at));
    at = this.#piece(BEFORE_TYPE, toView, at);
    if (type < 0) to[at++] = MINUS;
    at = writeDigits(to, at, Math.abs(type));
    at = this.#text(to, this.#piece(BEFORE_VALUE, toView, at));
    if (texts[this.#next] !== TEXT_END) at = this.#text(to, this.#piece(BEFORE_EXTRA_DATA, toView, at));
    return this.#piece(END, toView, at);
  }

  #piece(place: number, to: DataView, at: number): number {
    const start = this.#starts[place]!;
    const length = this.#lengths[place]!;
    for (let i = 0; i < length; i += STEP) to.setBigInt64(at + i, this.#pieces.getBigInt64(start + i));
    return at + length;
  }

  /** Writes the next text. */
  #text(to: Uint8Array, at: number): number {
    const texts = this.#texts;
    let next = this.#next;
    for (let byte = texts[next++]; byte !== TEXT_END; byte = texts[next++]) to[at++] = byte as number;
    this.#next = next;
    return at;
  }
}
