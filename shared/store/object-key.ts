/**
 * What a key may be, the same for every store, so that what runs on a folder runs on S3 and the other way round.
 *
 * A key is segments joined by `/`: none empty, none `.` or `..`, no NUL, at most 1,024 bytes of UTF-8 (the limit of S3).
 * So no key leaves its store's root, and any other character may stand in it.
 */
import { ConfigError } from '../errors.ts';

const MAX_KEY_BYTES = 1024;

/**
 * @param listed the key comes from a listing: others may have written it with an empty segment (`a//b`), which S3 allows
 * @throws ConfigError naming the key and what is wrong with it
 */
export function checkKey(key: string, listed = false): void {
  const fault = keyFault(key, listed);
  if (fault !== undefined) throw refused('object key', key, fault);
}

/** A prefix is the beginning of a key: its last segment may be empty or cut short. @throws ConfigError */
export function checkPrefix(prefix: string): void {
  const folders = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
  const fault = prefix.startsWith('/') ? 'it starts with "/"' : folders === '' ? textFault(prefix) : keyFault(folders);
  if (fault !== undefined) throw refused('key prefix', prefix, fault);
}

/** Orders keys by their bytes in UTF-8, as S3 lists them. For `Array.prototype.sort`. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return utf8Rank(left) - utf8Rank(right);
  }
  return a.length - b.length;
}

/**
 * UTF-16 writes code points from 0x10000 as surrogates (0xD800–0xDFFF), below 0xE000–0xFFFF; in UTF-8 they come after
 * them. Swapping the two ranges makes code units compare as UTF-8 bytes do.
 */
function utf8Rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit > 0xdfff ? codeUnit - 0x800 : codeUnit + 0x2000;
}

function keyFault(key: string, listed = false): string | undefined {
  if (key === '') return 'it is empty';
  for (const segment of key.split('/')) {
    if (segment === '' && !listed) return 'it has an empty segment';
    if (segment === '.' || segment === '..') return `it has the segment "${segment}"`;
  }
  return textFault(key);
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'it holds a NUL character';
  if (!text.isWellFormed()) return 'it holds half a surrogate pair, which UTF-8 cannot write';
  // Three bytes a code unit is the most that UTF-8 takes: short keys need no counting.
  if (text.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES)
    return `it is longer than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

function refused(what: string, text: string, fault: string): ConfigError {
  return new ConfigError(
    `${what} ${JSON.stringify(text)} is refused: ${fault}. Allowed are segments joined by "/", none of them empty, "." or "..".`,
  );
}
