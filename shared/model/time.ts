/**
 * Reads the times of logs, in ISO-8601, from bytes into milliseconds since 1970-01-01T00:00:00Z.
 *
 *   2011-08-30                      a date alone: the first instant of the day
 *   2011-08-30T08                   hh, hh:mm or hh:mm:ss; no zone means UTC
 *   2011-08-30T08:15:00,123456+0130 a fraction of a second after `.` or `,`; the zone is Z, ±hh, ±hhmm or ±hh:mm
 *   2011-08-30T24:00                the end of the day: the first instant of the next day
 *   2016-12-31T23:59:60.5Z          a leap second has no instant of its own: the last millisecond before the next minute
 *
 * Years are 0000 to 9999. Digits beyond milliseconds are cut off, also before 1970: the instant is the whole second plus the
 * first three digits of its fraction.
 */
export const MS_PER_DAY = 86_400_000;

const MS_PER_MINUTE = 60_000;
/** The length of `2011-08-30`. */
export const DATE_LENGTH = 10;
/** Days from 0000-01-01 to 1970-01-01 in the Gregorian calendar. */
const EPOCH_DAY = 719_528;
const DAYS_IN_MONTH = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
const DAYS_BEFORE_MONTH = Uint16Array.of(0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334);

const ZERO = 0x30;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** Returns the whole days since 1970-01-01, or NaN when it is not a valid date. Year 0 to 9999, month and day from 1. */
export function dayNumber(year: number, month: number, day: number): number {
  if (month < 1 || month > 12 || day < 1) return Number.NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > DAYS_IN_MONTH[month]! && !(leap && month === 2 && day === 29)) return Number.NaN;
  // The leap days of the years before this one, from year 0 on.
  const leapDays = (((year + 3) / 4) | 0) - (((year + 99) / 100) | 0) + (((year + 399) / 400) | 0);
  const leapDayPassed = leap && month > 2 ? 1 : 0;
  return year * 365 + leapDays + DAYS_BEFORE_MONTH[month]! + leapDayPassed + day - 1 - EPOCH_DAY;
}

/** The last date read and its day number. Most lines of a log are of one day. */
let lastDate = -1;
let lastDay = Number.NaN;

/** Returns the instant in milliseconds that `bytes[start, end)` spells, or NaN when it is not a valid time. */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < DATE_LENGTH || bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return Number.NaN;
  const century = twoDigits(bytes, start);
  const yearOfCentury = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const dayOfMonth = twoDigits(bytes, start + 8);
  if ((century | yearOfCentury | month | dayOfMonth) < 0) return Number.NaN;
  const date = ((century * 100 + yearOfCentury) * 100 + month) * 100 + dayOfMonth;
  if (date !== lastDate) {
    lastDate = date;
    lastDay = dayNumber(century * 100 + yearOfCentury, month, dayOfMonth);
  }
  const day = lastDay;
  if (length === DATE_LENGTH) return day * MS_PER_DAY;
  if (length < 13 || bytes[start + 10] !== LETTER_T) return Number.NaN;

  const hour = twoDigits(bytes, start + 11);
  let minute = 0;
  let second = 0;
  let milliseconds = 0;
  let pastMidnight = false;
  let at = start + 13;
  if (at + 3 <= end && bytes[at] === COLON) {
    minute = twoDigits(bytes, at + 1);
    at += 3;
    if (at + 3 <= end && bytes[at] === COLON) {
      second = twoDigits(bytes, at + 1);
      at += 3;
      if (at < end && (bytes[at] === DOT || bytes[at] === COMMA)) {
        const firstDigit = ++at;
        for (let scale = 100; at < end && isDigit(bytes[at]!); at++, scale = (scale / 10) | 0) {
          milliseconds += scale * (bytes[at]! - ZERO);
          if (bytes[at] !== ZERO) pastMidnight = true;
        }
        if (at === firstDigit) return Number.NaN;
      }
    }
  }
  if ((hour | minute | second) < 0 || minute > 59 || second > 60) return Number.NaN;
  if (hour > 23 && (hour > 24 || minute > 0 || second > 0 || pastMidnight)) return Number.NaN;
  if (second === 60) {
    second = 59;
    milliseconds = 999;
  }

  const zone = at === end ? 0 : zoneMinutes(bytes, at, end);
  return day * MS_PER_DAY + (hour * 60 + minute - zone) * MS_PER_MINUTE + second * 1000 + milliseconds;
}

/** Returns the instant in milliseconds that a string spells, or NaN when it is not a valid time. */
export function parseTimeText(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return parseTime(bytes, 0, bytes.length);
}

/** Returns the minutes east of UTC of `Z`, `±hh`, `±hhmm` or `±hh:mm`, or NaN for any other bytes. */
function zoneMinutes(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (bytes[at] === LETTER_Z) return length === 1 ? 0 : Number.NaN;
  if (bytes[at] !== PLUS && bytes[at] !== MINUS) return Number.NaN;
  if (length !== 3 && length !== 5 && !(length === 6 && bytes[at + 3] === COLON)) return Number.NaN;
  const hours = twoDigits(bytes, at + 1);
  const minutes = length === 3 ? 0 : twoDigits(bytes, end - 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  return (bytes[at] === PLUS ? 1 : -1) * (hours * 60 + minutes);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** Returns the number that two digits spell, or -1 when they are not digits. A sign bit marks that, so no branch is needed. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return (tens * 10 + ones) | ((tens | (9 - tens) | ones | (9 - ones)) >> 31);
}
