/**
 * Reads lines of grouped actions straight into columns, if they are written exactly as grouping writes them.
 * `shared/model/action-columns.ts` calls it.
 *
 * The kernel stops before the first line that differs in anything (an escape, another order of keys, a number above
 * 2^53 - 1, …) and leaves it to the exact parser. It therefore never has to say what is wrong, and each line that it reads gets the
 * same numbers as from the exact parser.
 *
 * A `skip…` or `read…` function takes a position and returns the position behind what it read. Position 0 means *not as
 * expected*. The memory has zero bytes at position 0 and behind the last line, and keys, strings and numbers all end before
 * a zero byte. A function that starts at position 0 therefore fails too, and no function needs to check for the end.
 */

// The field numbers, as in `shared/model/action.ts`.
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

/** The largest integer up to which every integer is an exact double, 2^53 - 1, and its number of digits. */
const MOST_INTEGER: u64 = 9_007_199_254_740_991;
const MOST_DIGITS: usize = 16;
/** The digits of a number with a fraction: dividing by a power of ten then rounds only once (Clinger's fast path). */
const EXACT_DIGITS: usize = 15;
const MS_PER_DAY: i64 = 86_400_000;
const DAYS_IN_400_YEARS: i32 = 146_097;
/** The days from 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS: i32 = 719_468;
/** The bytes of a field's entry in `prefixes`, and the offsets in it. */
const PREFIX_BYTES: usize = 64;
const LENGTH_AT: usize = 32;
const MASK_AT: usize = 48;

/**
 * An entry of 64 bytes for each field: at 0 its prefix, such as `,"client":`, then zeros; at 32 the prefix's length as a
 * word; at 48 a byte of 255 for each of the prefix's first 16 bytes, then zeros.
 */
let prefixes: usize = 0;
/** 10^0 … 10^15 as doubles. */
let powersOfTen: usize = 0;
/** The columns of `capacity` doubles each: users, items, types, times, values. */
let columns: usize = 0;
let capacity: i32 = 0;

/** The number of rows that the columns hold. */
export let rows: i32 = 0;

/** The integer that was read last. */
let number: u64 = 0;
/** The date that was read last, `2011-08-30T`: its first eight bytes, its last four bytes, and its first millisecond. */
let dateHead: u64 = 0;
let dateTail: u32 = 0;
let dateMs: i64 = 0;
/** The time that was read last, in milliseconds since 1970. */
let timeMs: i64 = 0;

/** Sets the positions of the tables and the columns in the memory. */
export function place(prefixTable: usize, powerTable: usize, firstColumn: usize, rowsOfColumn: i32): void {
  prefixes = prefixTable;
  powersOfTen = powerTable;
  columns = firstColumn;
  capacity = rowsOfColumn;
}

/**
 * Reads the lines in `[at, end)`, which must be whole, into the rows from `firstRow` on. Returns the start of the next line.
 */
export function read(at: usize, end: usize, firstRow: i32): usize {
  rows = firstRow;
  while (at < end && rows < capacity) {
    const next = readLine(at);
    if (next == 0) break;
    at = next;
    rows++;
  }
  return at;
}

function readLine(at: usize): usize {
  at = readTime(skipKey(at, TIME));
  at = skipText(skipKey(at, CLIENT));
  at = skipText(skipKey(at, CLIENT_USERID));
  at = readInteger(skipKey(at, USERID));
  const user = number;
  at = readInteger(skipKey(at, ITEMID));
  const item = number;
  at = skipText(skipKey(at, CLIENT_ITEMID));
  at = skipText(skipKey(at, RECTAG));
  at = readInteger(skipKey(at, TYPE));
  const type = number;
  const valueStart = skipKey(at, VALUE);
  at = readInteger(valueStart);
  let value = <f64>number;
  if (load<u8>(at) == DOT) {
    const fraction = at + 1;
    at = readDigits(fraction);
    if (at == fraction || at - valueStart > EXACT_DIGITS + 1) return 0;
    value = <f64>number / load<f64>(powersOfTen + ((at - fraction) << 3));
  }
  // User 0 stands for an unknown user.
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

/** Skips a field's prefix. */
function skipKey(at: usize, field: usize): usize {
  const prefix = prefixes + field * PREFIX_BYTES;
  const length = <usize>load<u32>(prefix, LENGTH_AT);
  // The second comparison overlaps the first.
  const head = v128.xor(v128.load(at), v128.load(prefix));
  if (length <= 16) {
    // The bytes behind the prefix do not count.
    const mask = v128.load(prefix, MASK_AT);
    return v128.any_true(v128.and(head, mask)) ? 0 : at + length;
  }
  const tail = v128.xor(v128.load(at + length - 16), v128.load(prefix + length - 16));
  return v128.any_true(v128.or(head, tail)) ? 0 : at + length;
}

/** Skips a string of plain ASCII, or `null`. */
function skipText(at: usize): usize {
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

/** Returns a bit for each of 16 bytes that ends a plain string: a quote, a backslash, a control byte, or a non-ASCII byte. */
function endsIn(at: usize): i32 {
  const bytes = v128.load(at);
  const marks = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH)));
  // Non-ASCII bytes are negative as i8, so they too are below a space.
  return i8x16.bitmask(v128.or(marks, i8x16.lt_s(bytes, i8x16.splat(SPACE))));
}

/** Reads a non-negative integer into `number`. */
function readInteger(at: usize): usize {
  number = 0;
  const end = readDigits(at);
  const length = end - at;
  if (length == 0 || length > MOST_DIGITS || number > MOST_INTEGER) return 0;
  return length > 1 && load<u8>(at) == ZERO ? 0 : end;
}

/** Appends digits to `number` until the first byte that is no digit. */
function readDigits(at: usize): usize {
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

/** Reads a quoted time, `2011-08-30T08:15:00Z` or `…00.123Z`, into `timeMs`. */
function readTime(at: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  if ((load<u64>(at, 1) != dateHead || load<u32>(at, 8) != dateTail) && !readDate(at + 1)) return 0;
  const hour = readTwoDigits(at + 12);
  const minute = readTwoDigits(at + 15);
  const second = readTwoDigits(at + 18);
  if (load<u8>(at, 14) != COLON || load<u8>(at, 17) != COLON) return 0;
  if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) return 0;
  let millisecond = 0;
  at += 20;
  if (load<u8>(at) == DOT) {
    const tens = readTwoDigits(at + 1);
    const ones = <u32>load<u8>(at, 3) - ZERO;
    if (tens < 0 || ones > 9) return 0;
    millisecond = tens * 10 + <i32>ones;
    at += 4;
  }
  if (load<u8>(at) != LETTER_Z || load<u8>(at, 1) != QUOTE) return 0;
  timeMs = dateMs + <i64>(((hour * 60 + minute) * 60 + second) * 1000 + millisecond);
  return at + 2;
}

/** Reads the date `2011-08-30T` into `dateHead`, `dateTail` and `dateMs`. Returns false when it is not a valid date. */
function readDate(at: usize): bool {
  const century = readTwoDigits(at);
  const yearOfCentury = readTwoDigits(at + 2);
  const month = readTwoDigits(at + 5);
  const day = readTwoDigits(at + 8);
  if (load<u8>(at, 4) != MINUS || load<u8>(at, 7) != MINUS || load<u8>(at, 10) != LETTER_T) return false;
  if ((century | yearOfCentury | month | day) < 0 || month < 1 || month > 12 || day < 1) return false;
  const year = century * 100 + yearOfCentury;
  const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const days = month == 2 ? (leap ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
  if (day > days) return false;
  // A year is counted from March, so that the leap day comes last. It may thus be the year before year 0, so 400 are added.
  const marchYear = year + 400 - <i32>(month < 3);
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const dayNumber = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear;
  dateHead = load<u64>(at);
  dateTail = load<u32>(at, 7);
  dateMs = <i64>(dayNumber - DAYS_IN_400_YEARS - EPOCH_DAYS) * MS_PER_DAY;
  return true;
}

/** Returns the number that two digits spell, or a negative number when they are not both digits. */
function readTwoDigits(at: usize): i32 {
  const tens = <i32>load<u8>(at) - ZERO;
  const ones = <i32>load<u8>(at, 1) - ZERO;
  return (tens * 10 + ones) | ((tens | (9 - tens) | ones | (9 - ones)) >> 31);
}
