/**
 * Small JSON documents with their own checksum, so that a reader notices damage.
 *
 * A sealed record has an additional member, `checksum`: the CRC-32, as eight hexadecimal digits, of the record's canonical JSON
 * without that member. It is valid JSON for readers that do not know the checksum:
 *
 *   {"checksum":"92902f09","day":15317,"run":"07f3"}
 *
 * A document without `checksum` comes from an older build, which wrote none, and is read without a check. A sealed list is a
 * list of sealed records. Each of them also has its index and the length of the list, because a state machine takes the entries
 * out one by one, and each step checks its entry alone.
 */
import { crc32 } from 'node:zlib';
import { DamagedObjectError } from '../errors.ts';
import { canonicalJson, type JsonValue } from '../json.ts';

/** A JSON object. */
export interface JsonRecord {
  readonly [key: string]: JsonValue | undefined;
}

/** The default cure for a damaged object. */
const CURE = 'Remove it, and run again: it is computed anew.';

const CHECKSUM = 'checksum';
const INDEX = 'index';
const LENGTH = 'of';

/**
 * Returns the text of a document that `openSealed` checks.
 *
 * @param indent the spaces of each level, for documents that people read
 */
export function sealed(record: JsonRecord, indent?: number): string {
  return canonicalJson(withChecksum(record), indent);
}

/**
 * Returns the record that `sealed` wrote, without its checksum. A record that has no checksum is not checked.
 *
 * @param name the document's location, for messages
 * @param cure a sentence that says what to do about a damaged document
 * @throws DamagedObjectError when the bytes are not a JSON object, or not those that were written
 */
export function openSealed<T extends JsonRecord = JsonRecord>(bytes: Uint8Array, name: string, cure = CURE): T {
  return checkedRecord(parse(bytes, name, cure), name, cure) as T;
}

/** Opens a document that may also be a list or a value without a checksum. @throws DamagedObjectError as `openSealed` */
export function openDocument(bytes: Uint8Array, name: string, cure = CURE): JsonValue {
  const value = parse(bytes, name, cure);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? checkedRecord(value, name, cure)
    : value;
}

/** Returns the text of a list of records. A record must not have a member `of`, nor an `index` other than its own. */
export function sealedList(records: readonly JsonRecord[]): string {
  const entries = records.map((record, index) => withChecksum({ ...record, [INDEX]: index, [LENGTH]: records.length }));
  return canonicalJson(entries);
}

/**
 * Returns the records that `sealedList` wrote, each with its `index`.
 *
 * @throws DamagedObjectError as `openSealed`, and when the list has other entries than were written
 */
export function openSealedList<T extends JsonRecord = JsonRecord>(bytes: Uint8Array, name: string, cure = CURE): T[] {
  const list = parse(bytes, name, cure);
  if (!Array.isArray(list)) throw new DamagedObjectError(`${name} is damaged: it is not a list. ${cure}`);
  return list.map((entry: JsonValue, index) => {
    const opened = checkedEntry(entry, name, cure);
    if (opened[INDEX] === index && opened[LENGTH] === list.length) return withoutLength(opened) as T;
    throw new DamagedObjectError(
      `${name} is damaged: entry ${index} is not the one that was written at this place. ${cure}`,
    );
  });
}

/** Returns the checked entries with their checksums, as a state machine passes them on. @throws as `openSealedList` */
export function sealedEntries(bytes: Uint8Array, name: string, cure = CURE): readonly JsonRecord[] {
  openSealedList(bytes, name, cure);
  return parse(bytes, name, cure) as readonly JsonRecord[];
}

/** Opens one entry of a sealed list that a state machine has passed on. @throws DamagedObjectError as `openSealed` */
export function openSealedEntry<T extends JsonRecord = JsonRecord>(entry: JsonRecord, name: string, cure = CURE): T {
  return withoutLength(checkedRecord(entry, name, cure)) as T;
}

function withChecksum({ [CHECKSUM]: _earlier, ...record }: JsonRecord): JsonRecord {
  return { ...record, [CHECKSUM]: checksumOf(record) };
}

const checksumOf = (record: JsonRecord): string => crc32(canonicalJson(record)).toString(16).padStart(8, '0');

function withoutLength({ [LENGTH]: _length, ...rest }: JsonRecord): JsonRecord {
  return rest;
}

function parse(bytes: Uint8Array, name: string, cure: string): JsonValue {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonValue;
  } catch (error) {
    const why = bytes.byteLength === 0 ? 'it is empty' : `its ${bytes.byteLength} bytes are not JSON`;
    throw new DamagedObjectError(`${name} is damaged: ${why}. ${cure}`, { cause: error });
  }
}

/** Checks an entry. It must have a checksum: a list without checksums belongs to an older work area. */
function checkedEntry(entry: JsonValue, name: string, cure: string): JsonRecord {
  const record = asRecord(entry, name, cure);
  if (!(CHECKSUM in record)) throw new DamagedObjectError(`${name} is damaged: an entry has no checksum. ${cure}`);
  return checkedRecord(record, name, cure);
}

function checkedRecord(value: JsonValue, name: string, cure: string): JsonRecord {
  const { [CHECKSUM]: checksum, ...record } = asRecord(value, name, cure);
  if (checksum === undefined || checksum === checksumOf(record)) return record;
  throw new DamagedObjectError(
    `${name} is damaged: its checksum is ${JSON.stringify(checksum)}, and its content has ${checksumOf(record)}. ${cure}`,
  );
}

function asRecord(value: JsonValue, name: string, cure: string): JsonRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  throw new DamagedObjectError(`${name} is damaged: it is not a JSON object. ${cure}`);
}
