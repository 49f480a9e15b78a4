/**
 * An action: what one user did with one item at one time. Each line is one JSON object with its keys in this order:
 *
 *   {"timestamp_utc":"2011-08-30T08:15:00Z","client":"onlineretail","client_userid":"12708","userid":338,"itemid":3278,
 *    "client_itemid":"23317","rectag":"default","type":1,"value":2}                        (on one line, without spaces)
 *
 * `extra_data`, any JSON value, may come last. A field that is `null` counts as missing. A missing string is written as
 * `null`; a missing `userid`, `type` or `value` is 0.
 *
 * One reader is for the raw logs (`action-raw.ts`), another for grouped actions (`action-grouped.ts`). Both first try the byte
 * scanner (`action-scan.ts`), which accepts the usual lines without making a string. They leave other lines to the exact
 * parser (`action-exact.ts`). Only the exact parser rejects a line and gives the reason. Jobs read grouped actions in batches
 * (`read-actions.ts`): a kernel first reads the lines that are written exactly as grouping writes them (`action-columns.ts`).
 */

/** The numbers of the fields, in their order in the line. */
export const TIME = 0;
export const CLIENT = 1;
export const CLIENT_USERID = 2;
export const USERID = 3;
export const ITEMID = 4;
export const CLIENT_ITEMID = 5;
export const RECTAG = 6;
export const TYPE = 7;
export const VALUE = 8;
export const EXTRA_DATA = 9;

export const FIELD_NAMES = [
  'timestamp_utc',
  'client',
  'client_userid',
  'userid',
  'itemid',
  'client_itemid',
  'rectag',
  'type',
  'value',
  'extra_data',
] as const;
export const FIELD_COUNT = FIELD_NAMES.length;

/** A set of fields is a number with bit `1 << field` for each. */
export const STRING_FIELDS = (1 << TIME) | (1 << CLIENT) | (1 << CLIENT_USERID) | (1 << CLIENT_ITEMID) | (1 << RECTAG);
export const NUMBER_FIELDS = (1 << USERID) | (1 << ITEMID) | (1 << TYPE) | (1 << VALUE);
export const ID_FIELDS = (1 << USERID) | (1 << ITEMID);

/** The text before each field's value in a written line: `{"timestamp_utc":`, `,"client":`, … */
export const FIELD_PREFIXES: readonly Buffer[] = FIELD_NAMES.map((name, field) =>
  Buffer.from(`${field === 0 ? '{' : ','}"${name}":`),
);

/** The reasons why a line is rejected: short stable phrases, which people count and search for. */
export const REASONS = {
  tooLong: 'longer than 1 MiB',
  notUtf8: 'not UTF-8',
  notJson: 'not JSON',
  notAnObject: 'not a JSON object',
  timeMissing: 'time: missing',
  timeInvalid: 'time: not ISO-8601',
  timeUnknown: 'time: neither ISO-8601 nor an epoch time',
  timeOfDayMissing: 'time: a date without a time of day',
  timeInTag: 'date and time are to be joined by T',
  zoneInTag: 'time and zone are to be joined',
  tagMissing: 'tag: missing',
  clientMissing: 'client: missing',
  itemMissing: 'itemid: missing',
  userMissing: 'userid: missing',
  userUnpaired: 'user id: holds a lone surrogate',
  itemUnpaired: 'item id: holds a lone surrogate',
  userIsZero: 'user id: the id of this text is 0, which stands for no user',
} as const;
