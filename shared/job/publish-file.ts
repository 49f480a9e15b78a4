/** Publishes one file of an output folder: the store copies an object of the work area, or the file's pieces are streamed. */
import { Slots } from '../slots.ts';
import { hashed } from '../store/body.ts';
import { PART_BYTES } from '../store/s3-requests.ts';
import type { ObjectInfo, WriteCondition } from '../store/store.ts';
import { streamVerified, verified } from './hashed-objects.ts';
import type { OutputFile, Run } from './job.ts';
import type { ManifestFile } from './manifest.ts';
import type { WorkArea } from './work-area.ts';

const FILE_SLOTS = 32;
const LARGE_FILE_SLOTS = 4;

/**
 * Makes the slots that the files of all folders share. A file takes one slot for at most 8 MiB of memory. A larger file takes
 * four slots: a stream has up to four parts of 8 MiB in memory, and S3 copies up to four parts at once, each over a connection.
 */
export const fileSlots = (): Slots => new Slots(FILE_SLOTS);

/**
 * Writes one file of a folder, and returns its entry in the manifest. If the whole file is one object of the work area, the
 * store copies it, and its hash is the one beside the object.
 */
export async function publishFile(
  { output, work }: Run,
  file: OutputFile,
  staged: Staged | undefined,
  key: string,
  condition: WriteCondition,
): Promise<ManifestFile> {
  const { name } = file;
  if (staged && (await output.link(staged.info, key, condition))) {
    await output.protect?.(key);
    output.knowHash?.(staged.info, key, staged.sha256);
    return { name, size: staged.info.size, sha256: staged.sha256 };
  }
  const { body, hash } = hashed(bytesOf(work, file, staged?.sha256));
  await output.put(key, body, condition);
  await output.protect?.(key);
  return { name, ...hash() };
}

/** An object of the work area that is a whole output file. It has been compared with its hash. */
export interface Staged {
  readonly info: ObjectInfo;
  readonly sha256: string;
}

/**
 * Returns the object of the work area that is the whole file; undefined for a file of several pieces.
 *
 * @throws DamagedObjectError
 */
export async function stagedWhole({ output, work }: Run, { pieces }: OutputFile): Promise<Staged | undefined> {
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0 || piece.start !== undefined) return undefined;
  const info = await output.head(piece.key);
  return info && { info, sha256: await verified(work, info) };
}

/** Returns the number of slots that a file takes. */
export function slotsOf({ pieces }: OutputFile, staged: Staged | undefined): number {
  const sizes = pieces.map(({ start, end }) => (start === undefined || end === undefined ? Infinity : end - start));
  const size = staged?.info.size ?? sizes.reduce((sum, bytes) => sum + bytes, 0);
  return size > PART_BYTES ? LARGE_FILE_SLOTS : 1;
}

/** Streams the content of a file. @param sha256 the hash of the only piece, if that is a whole object */
async function* bytesOf(work: WorkArea, { pieces }: OutputFile, sha256?: string): AsyncIterable<Uint8Array> {
  for (const { key, start, end, read } of pieces) {
    if (read !== undefined) yield* read();
    else if (start === undefined) yield* streamVerified(work, key, {}, sha256);
    else if (start !== end) yield* work.store.stream(key, { range: end === undefined ? { start } : { start, end } });
  }
}
