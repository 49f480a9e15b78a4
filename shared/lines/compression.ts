/**
 * Finds the compression of an object from its name or its first bytes. Gzip is read if the name ends in `.gz`. Other
 * compressions are listed only so that an error can name them.
 */
import { CorruptInputError } from '../errors.ts';

interface Compression {
  readonly name: string;
  readonly suffixes: readonly string[];
  /** The first bytes of the data, -1 for any byte. A format without such a mark has none. */
  readonly magic?: readonly number[];
}

const GZIP: Compression = { name: 'gzip', suffixes: ['.gz'], magic: [0x1f, 0x8b] };

const REFUSED: readonly Compression[] = [
  // `BZh`, a byte for the level, then the digits of pi. A text may begin with `BZh`, so the digits are compared too.
  { name: 'bzip2', suffixes: ['.bz2'], magic: [0x42, 0x5a, 0x68, -1, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59] },
  { name: 'xz', suffixes: ['.xz'], magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'zstd', suffixes: ['.zst'], magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'lz4', suffixes: ['.lz4'], magic: [0x04, 0x22, 0x4d, 0x18] },
  {
    name: 'snappy',
    suffixes: ['.snappy', '.sz'],
    magic: [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59],
  },
  { name: 'lzo', suffixes: ['.lzo'], magic: [0x89, 0x4c, 0x5a, 0x4f, 0x00] },
  { name: 'brotli', suffixes: ['.br'] },
  { name: 'compress', suffixes: ['.Z'], magic: [0x1f, 0x9d] },
  { name: 'zip', suffixes: ['.zip'], magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: '7z', suffixes: ['.7z'], magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
];

/** The number of first bytes that `refuseByContent` compares. */
export const MAGIC_BYTES = 10;

const CURE =
  'Supported are plain text and gzip under a name that ends in .gz: compress the object so, or move it away.';

/** True when the name says that the object is gzip. @throws CorruptInputError when it says another compression */
export function isGzipName(key: string): boolean {
  for (const { name, suffixes } of REFUSED) {
    if (suffixes.some((suffix) => key.endsWith(suffix))) {
      throw new CorruptInputError(`${key}: its name says that it is compressed with ${name}. ${CURE}`);
    }
  }
  return GZIP.suffixes.some((suffix) => key.endsWith(suffix));
}

/** @throws CorruptInputError when the first bytes of the object are the mark of a compression that its name does not say */
export function refuseByContent(key: string, firstBytes: Uint8Array, expectGzip: boolean): void {
  if (expectGzip && begins(firstBytes, GZIP)) return;
  for (const compression of [GZIP, ...REFUSED]) {
    if (!begins(firstBytes, compression)) continue;
    const named = expectGzip ? 'ends in .gz' : 'does not say so';
    throw new CorruptInputError(`${key}: it is compressed with ${compression.name}, but its name ${named}. ${CURE}`);
  }
}

function begins(bytes: Uint8Array, { magic }: Compression): boolean {
  if (magic === undefined || bytes.length < magic.length) return false;
  return magic.every((byte, i) => byte === -1 || byte === bytes[i]);
}
