/**
 * Publishing: replacing an output folder as a whole, so that no reader ever mixes two runs.
 *
 *   1. Say whose turn it is: the newest request for this output, under compare-and-set.
 *   2. Remove `_SUCCESS`. 3. Replace the files, several at once, each only over what was there when publishing began.
 *   4. Remove files that the new output does not have. 5. Write `_SUCCESS`, the run's manifest, last.
 *
 * A reader that sees the same `_SUCCESS` before and after reading has read one run. A run that meets a write it did not
 * expect looks who made it: a newer request (then it stops, superseded) or another attempt of its own (then it starts over,
 * unless that one is through with it).
 */

import { atMost } from '../at-most.ts';
import { DamagedObjectError, MissingObjectError, PreconditionFailedError, SupersededError } from '../errors.ts';
import { dayInWords } from '../in-words.ts';
import type { JsonValue } from '../json.ts';
import { hashed } from '../store/body.ts';
import { publishedKey, SUCCESS } from '../store/keys.ts';
import { type JsonRecord, openSealed, sealed } from '../store/sealed.ts';
import type { ObjectInfo, Store, WriteCondition } from '../store/store.ts';
import type { OutputFile, OutputFolder, Publication, Run } from './job.ts';
import type { WorkArea } from './work-area.ts';

/** What `_SUCCESS` says: no times, no absolute paths, no secrets. */
export interface Manifest {
  readonly run: string;
  readonly job: string;
  readonly version: number;
  readonly client: string | null;
  readonly day: number;
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly counts: Readonly<Record<string, JsonValue>>;
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  readonly [key: string]: JsonValue;
}

const OPENING_BRACE = 0x7b;
const COMPUTE_AGAIN = 'Run the job again that writes this folder: it is published anew.';

/** A publication of one's own may be met by an earlier attempt that still goes on, but not for ever. */
const ATTEMPTS = 5;
/** Of a folder. What the store moves itself is but waited for; a file that is streamed may take 32 MiB of memory. */
const FILES_AT_ONCE = 8;

export interface PublishRequest {
  readonly run: Run;
  readonly version: number;
  readonly requestedAt: string;
  readonly publication: Publication;
  /** The settings for the manifest. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Whether all of this run's output is in place. */
  readonly isPublished: () => Promise<boolean>;
}

/** Publishes all folders in order; resolves to what was written. @throws SupersededError */
export async function publish(request: PublishRequest): Promise<{ files: number; bytes: number }> {
  const { run, publication } = request;
  for (let attempt = 1; ; attempt++) {
    await claim(run, request.requestedAt);
    try {
      // What is there now, before looking whether another attempt is through: what that one writes later meets a condition.
      const before = new Map<string, Etags>();
      for (const { prefix } of publication.folders) before.set(prefix, await etagsOf(run.output, prefix));
      if (await request.isPublished()) return { files: 0, bytes: 0 };
      // First, because the last folder's `_SUCCESS` says that all is done.
      for (const prefix of publication.removed ?? []) await removeFolder(run.output, prefix);
      let files = 0;
      let bytes = 0;
      for (const folder of publication.folders) {
        const written = await publishFolder(request, folder, before.get(folder.prefix) as Etags);
        files += written.length;
        bytes += written.reduce((sum, file) => sum + file.size, 0);
      }
      return { files, bytes };
    } catch (error) {
      if (!(error instanceof PreconditionFailedError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Which request owns a day's output. */
interface Claim extends JsonRecord {
  /** ISO-8601 */
  readonly requestedAt: string;
  readonly run: string;
}

/** Makes this request the owner of the job's output of this day, unless a newer one is. @throws SupersededError */
async function claim(run: Run, requestedAt: string): Promise<void> {
  const key = publishedKey(run.job, run.client ?? null, run.day);
  for (;;) {
    const info = await run.output.head(key);
    const owner = info && (await ownerOf(run, key));
    if (owner) {
      // As instants: one clock writes `…00Z` where another writes `…00.000Z`.
      if (Date.parse(owner.requestedAt) > Date.parse(requestedAt)) {
        throw new SupersededError(
          `a newer request (${owner.requestedAt}, run ${owner.run}) has published day ${dayInWords(run.day)} already: ` +
            `its output stays, this one (${requestedAt}) is not needed`,
        );
      }
      if (owner.run === run.id && owner.requestedAt === requestedAt) return;
    }
    try {
      const claimed = sealed({ requestedAt, run: run.id });
      await run.output.put(key, claimed, info ? { ifMatch: info.etag } : { absent: true });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}

/** Undefined for a claim that is damaged: whose it was nobody knows, so it holds nobody back. */
async function ownerOf({ output, log }: Run, key: string): Promise<Claim | undefined> {
  try {
    return openSealed<Claim>((await output.get(key)).bytes, `${output.root}/${key}`, 'It is written anew.');
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error;
    log('warn', error.message);
    return undefined;
  }
}

async function publishFolder(request: PublishRequest, folder: OutputFolder, before: Etags): Promise<Manifest['files']> {
  const { run, version, settings } = request;
  const { output } = run;
  // Before anything is replaced: where a staged file is damaged, what is published stays.
  const staged = await atMost(FILES_AT_ONCE, folder.files, (file) => stagedWhole(run, file));
  const success = before.get(SUCCESS);
  if (success !== undefined) await output.delete(folder.prefix + SUCCESS, { ifMatch: success });

  const files = await atMost(FILES_AT_ONCE, folder.files, (file, at) => {
    const etag = before.get(file.name);
    const condition = etag === undefined ? { absent: true as const } : { ifMatch: etag };
    return publishFile(run, file, staged[at], folder.prefix + file.name, condition);
  });
  const kept = new Set([SUCCESS, ...folder.files.map((file) => file.name)]);
  for (const [name, etag] of before) {
    if (!kept.has(name)) await output.delete(folder.prefix + name, { ifMatch: etag });
  }
  const manifest: Manifest = {
    ...{ run: run.id, job: run.job, version, client: run.client ?? null, day: run.day, settings },
    ...{ counts: folder.counts, files },
  };
  await output.put(folder.prefix + SUCCESS, `${sealed(manifest, 2)}\n`, { absent: true });
  await output.protect?.(folder.prefix + SUCCESS);
  return files;
}

/**
 * Puts one file into its folder; resolves to what the manifest says of it. Where a file lies in the work area as it is to
 * be, the store moves its bytes itself, and the hash is the one that was left beside it.
 */
async function publishFile(
  { output, work }: Run,
  file: OutputFile,
  staged: Staged | undefined,
  key: string,
  condition: WriteCondition,
) {
  const { name } = file;
  if (staged && (await output.link(staged.info, key, condition))) {
    await output.protect?.(key);
    output.knowHash?.(staged.info, key, staged.sha256);
    return { name, size: staged.info.size, sha256: staged.sha256 };
  }
  const { body, hash } = hashed(bytesOf(work, file));
  await output.put(key, body, condition);
  await output.protect?.(key);
  return { name, ...hash() };
}

/** A staged object as it is to be published, compared with the hash that was taken when it was written. */
interface Staged {
  readonly info: ObjectInfo;
  readonly sha256: string;
}

/** The one staged object that the whole file is; undefined for a file of pieces. @throws DamagedObjectError */
async function stagedWhole({ output, work }: Run, { pieces }: OutputFile): Promise<Staged | undefined> {
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0 || piece.start !== undefined) return undefined;
  const info = await output.head(piece.key);
  return info && { info, sha256: await work.verified(info) };
}

async function* bytesOf(work: WorkArea, { pieces }: OutputFile): AsyncIterable<Uint8Array> {
  for (const { key, start, end, read } of pieces) {
    if (read !== undefined) yield* read();
    else if (start === undefined) yield* work.streamVerified(key);
    else if (start !== end) yield* work.store.stream(key, { range: end === undefined ? { start } : { start, end } });
  }
}

async function removeFolder(output: Store, prefix: string): Promise<void> {
  const before = await etagsOf(output, prefix);
  const names = [...before.keys()].sort((a, b) => Number(b === SUCCESS) - Number(a === SUCCESS));
  for (const name of names) await output.delete(prefix + name, { ifMatch: before.get(name) as string });
}

/** Name → ETag. */
type Etags = ReadonlyMap<string, string>;

/** The objects directly in a folder. */
async function etagsOf(output: Store, prefix: string): Promise<Etags> {
  const etags = new Map<string, string>();
  for await (const object of output.list(prefix)) {
    const name = object.key.slice(prefix.length);
    if (!name.includes('/')) etags.set(name, object.etag);
  }
  return etags;
}

/**
 * The manifest of a published folder; undefined where there is none, or none of ours.
 * @throws DamagedObjectError for one that is torn or was changed
 */
export async function readManifest(output: Store, prefix: string): Promise<Manifest | undefined> {
  try {
    const { bytes } = await output.get(prefix + SUCCESS);
    // An empty `_SUCCESS`, or one of other words, is another system's: a marker, and no manifest.
    if (bytes[0] !== OPENING_BRACE) return undefined;
    return openSealed<Manifest>(bytes, `${output.root}/${prefix}${SUCCESS}`, COMPUTE_AGAIN);
  } catch (error) {
    if (error instanceof MissingObjectError) return undefined;
    throw error;
  }
}
