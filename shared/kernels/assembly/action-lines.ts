/**
 * Reads lines of grouped actions that are written exactly as grouping writes them, straight into columns. What
 * `shared/model/action-columns.ts` calls.
 *
 * It stops before the first line that differs in anything (an escape, another order of keys, a number of 16 digits, …),
 * for the exact parser to decide on. So it never has to say what is wrong, and every line that it takes has the numbers
 * that the exact parser gives it.
 *
 * A position of 0 stands for *not as expected*. Keys, strings and numbers end before a zero byte, and zeros lie at
 * position 0 as well as behind the last line: so what failed goes on failing, and nothing looks for another end.
 */

// The fields by number, as in `shared/model/action.ts`.
const TIME: usize = 0;
const CLIENT: usize = 1;
const CLIENT_USERID: usize = 2;
const USERID: usize = 3;
const ITEMID: usize = 4;
const CLIENT_ITEMID: usize = 5;
const RECTAG: usize = 6;
const TYPE: usize = 7;
const VALUE: usize = 8;

const SPACE: i8 = 0x20;
const QUOTE: u8 = 0x22;
const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const COLON: u8 = 0x3a;
const LETTER_T: u8 = 0x54;
const LETTER_Z: u8 = 0x5a;
const BACKSLASH: u8 = 0x5c;
/** `null`, and a line's end `}\n`, as little-endian words. */
const NULL: u32 = 0x6c6c_756e;
const LINE_END: u16 = 0x0a7d;

/** Integers of so many digits, and quotients of one by a power of ten, are exact doubles (Clinger's fast path). */
const EXACT_DIGITS: usize = 15;
const MS_PER_DAY: i64 = 86_400_000;
const DAYS_IN_400_YEARS: i32 = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS: i32 = 719_468;

/**
 * By field, 64 bytes: what stands before its value, `,"client":`, and zeros up to 32; its length as a word; and from 48 on
 * 255 for each of its first 16 bytes, then zeros.
 */
let prefixes: usize = 0;
/** 10^0 … 10^15 as doubles. */
let powersOfTen: usize = 0;
/** The columns, `capacity` doubles each: users, items, types, times, values. */
let columns: usize = 0;
let capacity: i32 = 0;

/** How many rows the columns hold. */
export let rows: i32 = 0;

/** The integer that was read last. */
let number: u64 = 0;
/** The date that was read last, `2011-08-30T`: its first eight bytes, its last four, and its first instant. */
let dateHead: u64 = 0;
let dateTail: u32 = 0;
let dateMs: i64 = 0;
/** The time that was read last. */
let timeMs: i64 = 0;

/** Says where the tables and the columns lie in the memory. */
export function place(prefixTable: usize, powerTable: usize, firstColumn: usize, rowsOfColumn: i32): void {
  prefixes = prefixTable;
  powersOfTen = powerTable;
  columns = firstColumn;
  capacity = rowsOfColumn;
}

/** Reads lines in `[at, end)`, whole ones all, into the rows from `firstRow` on; returns where the next line begins. */
export function read(at: usize, end: usize, firstRow: i32): usize {
  rows = firstRow;
  while (at < end && rows < capacity) {
    const next = line(at);
    if (next == 0) break;
    at = next;
    rows++;
  }
  return at;
}

function line(at: usize): usize {
  at = time(key(at, TIME));
  at = text(key(at, CLIENT));
  at = text(key(at, CLIENT_USERID));
  at = integer(key(at, USERID));
  const user = number;
  at = integer(key(at, ITEMID));
  const item = number;
  at = text(key(at, CLIENT_ITEMID));
  at = text(key(at, RECTAG));
  at = integer(key(at, TYPE));
  const type = number;
  const valueStart = key(at, VALUE);
  at = integer(valueStart);
  let value = <f64>number;
  if (load<u8>(at) == DOT) {
    const fraction = at + 1;
    at = digits(fraction);
    if (at == fraction || at - valueStart > EXACT_DIGITS + 1) return 0;
    value = <f64>number / load<f64>(powersOfTen + ((at - fraction) << 3));
  }
  // User 0 is the one whom nobody knows.
  if (load<u16>(at) != LINE_END || user == 0) return 0;

  const column = (<usize>capacity) << 3;
  let cell = columns + ((<usize>rows) << 3);
  store<f64>(cell, <f64>user);
  store<f64>((cell += column), <f64>item);
  store<f64>((cell += column), <f64>type);
  store<f64>((cell += column), <f64>timeMs);
  store<f64>((cell += column), value);
  return at + 2;
}

/** Returns the position behind a field's prefix, where its value begins. */
function key(at: usize, field: usize): usize {
  const prefix = prefixes + (field << 6);
  const length = <usize>load<u32>(prefix, 32);
  // The second comparison overlaps the first.
  const head = v128.xor(v128.load(at), v128.load(prefix));
  if (length <= 16) {
    // Of what follows the prefix nothing is asked.
    const mask = v128.load(prefix, 48);
    return v128.any_true(v128.and(head, mask)) ? 0 : at + length;
  }
  const tail = v128.xor(v128.load(at + length - 16), v128.load(prefix + length - 16));
  return v128.any_true(v128.or(head, tail)) ? 0 : at + length;
}

/** A string of plain ASCII, or null. */
function text(at: usize): usize {
  if (load<u8>(at) != QUOTE) return load<u32>(at) == NULL ? at + 4 : 0;
  at++;
  let ends = endsIn(at);
  while (ends == 0) {
    at += 16;
    ends = endsIn(at);
  }
  at += <usize>ctz(ends);
  return load<u8>(at) == QUOTE ? at + 1 : 0;
}

/** A bit for each of 16 bytes that ends a plain string: a quote, a backslash, a control byte, or one beyond ASCII, negative here. */
function endsIn(at: usize): i32 {
  const bytes = v128.load(at);
  const marks = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH)));
  return i8x16.bitmask(v128.or(marks, i8x16.lt_s(bytes, i8x16.splat(SPACE))));
}

/** An integer that is not negative, into `number`. */
function integer(at: usize): usize {
  number = 0;
  const end = digits(at);
  const length = end - at;
  if (length == 0 || length > EXACT_DIGITS || (length > 1 && load<u8>(at) == ZERO)) return 0;
  return end;
}

/** Goes on with `number` while there are digits. */
function digits(at: usize): usize {
  let value = number;
  for (;;) {
    const digit = <u32>load<u8>(at) - ZERO;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  number = value;
  return at;
}

/** A quoted time `2011-08-30T08:15:00Z` or `…00.123Z`, into `timeMs`. */
function time(at: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  if ((load<u64>(at, 1) != dateHead || load<u32>(at, 8) != dateTail) && !date(at + 1)) return 0;
  const hour = twoDigits(at + 12);
  const minute = twoDigits(at + 15);
  const second = twoDigits(at + 18);
  if (load<u8>(at, 14) != COLON || load<u8>(at, 17) != COLON) return 0;
  if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) return 0;
  let millisecond = 0;
  at += 20;
  if (load<u8>(at) == DOT) {
    const tens = twoDigits(at + 1);
    const ones = <u32>load<u8>(at, 3) - ZERO;
    if (tens < 0 || ones > 9) return 0;
    millisecond = tens * 10 + <i32>ones;
    at += 4;
  }
  if (load<u8>(at) != LETTER_Z || load<u8>(at, 1) != QUOTE) return 0;
  timeMs = dateMs + <i64>(((hour * 60 + minute) * 60 + second) * 1000 + millisecond);
  return at + 2;
}

/** Remembers the date `2011-08-30T`; false when there is no such. */
function date(at: usize): bool {
  const century = twoDigits(at);
  const yearOfCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (load<u8>(at, 4) != MINUS || load<u8>(at, 7) != MINUS || load<u8>(at, 10) != LETTER_T) return false;
  if ((century | yearOfCentury | month | day) < 0 || month < 1 || month > 12 || day < 1) return false;
  const year = century * 100 + yearOfCentury;
  const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const days = month == 2 ? (leap ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
  if (day > days) return false;
  // Counted from March on, so that the leap day comes last; 400 years more, so that year 0 may begin in the year before.
  const marchYear = year + 400 - <i32>(month < 3);
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const dayNumber = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear;
  dateHead = load<u64>(at);
  dateTail = load<u32>(at, 7);
  dateMs = <i64>(dayNumber - DAYS_IN_400_YEARS - EPOCH_DAYS) * MS_PER_DAY;
  return true;
}

/** The number that two digits spell; negative when they are none. */
function twoDigits(at: usize): i32 {
  const tens = <i32>load<u8>(at) - ZERO;
  const ones = <i32>load<u8>(at, 1) - ZERO;
  return (tens * 10 + ones) | ((tens | (9 - tens) | ones | (9 - ones)) >> 31);
}
