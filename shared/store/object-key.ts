/**
 * The rules for keys. They are the same in every store, so that a run on a folder also works on S3, and the other way round.
 *
 * A key is segments joined by `/`. No segment is empty, `.` or `..`; the key has no NUL and at most 1,024 bytes of UTF-8 (the
 * limit of S3). No key can therefore leave its store's root. All other characters are allowed.
 */
import { ConfigError } from '../errors.ts';

const MAX_KEY_BYTES = 1024;

/**
 * @param listed true for a key from a listing: other programs may have written it with an empty segment (`a//b`), as S3 allows
 * @throws ConfigError with the key and what is wrong with it
 */
export function checkKey(key: string, listed = false): void {
  const fault = keyFault(key, listed);
  if (fault !== undefined) throw refused('object key', key, fault);
}

/** Checks a prefix, which is the beginning of a key: its last segment may be empty or incomplete. @throws ConfigError */
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
 * Returns a rank of a UTF-16 code unit in the order of UTF-8. UTF-16 writes code points from 0x10000 on as surrogates
 * (0xD800–0xDFFF), which are below 0xE000–0xFFFF. In UTF-8 these code points come last, so the two ranges are swapped.
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
  // A code unit takes at most three bytes in UTF-8, so short keys need no counting.
  if (text.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES)
    return `it is longer than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

function refused(what: string, text: string, fault: string): ConfigError {
  return new ConfigError(
    `${what} ${JSON.stringify(text)} is refused: ${fault}. Allowed are segments joined by "/", none of them empty, "." or "..".`,
  );
}
