/**
 * Publishes a model: first its version, which is never replaced, and then the day folder for readers that know only its path.
 *
 * Every run has its own folder for its version, `<client>/models/<node>/<day>-<run>/`, and the runtime node names this folder.
 * The model that the server reads therefore does not change when the day folder is replaced.
 *
 * The files of the day folder are second names (on a disk) or copies (in S3) of the version's files. If an older build, which
 * had no versions, has published the complete day folder of this run, the version is made from the day folder, and nothing is
 * computed.
 */
import { DamagedObjectError, SupersededError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { hashed } from '../store/body.ts';
import { SKETCH, SKETCH_KEY, SUCCESS, VERDICT, VERDICT_KEY } from '../store/keys.ts';
import type { ObjectInfo, Store, WriteCondition } from '../store/store.ts';
import { claim, newerClaim } from './claim.ts';
import { lookAtFolder, ownManifest, wholeManifest } from './folder-state.ts';
import type { OutputFolder, Publication, Run } from './job.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import {
  again,
  bytesOfAll,
  etagsOf,
  type FolderContent,
  NOTHING_WRITTEN,
  ownerOf,
  type PutFile,
  stagedFolder,
  type Written,
  writeFolder,
} from './publish.ts';

export interface ModelRequest {
  readonly run: Run;
  /** The version of the job. */
  readonly version: number;
  readonly requestedAt: string;
  /** The settings for the manifest. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** The folder of this run's version. */
  readonly versionFolder: string;
  readonly dayFolder: string;
  /** True when a runtime node names the day folder, which therefore must not change. */
  readonly dayFolderIsNamed: boolean;
  /** Returns the publication from the work area. It is called only if the version does not exist yet. */
  readonly publication: () => Promise<Publication>;
}

/** Returns the counts of the files that were written: those of the version, or else those of the day folder. */
export async function publishModel(request: ModelRequest): Promise<Written> {
  const { run, dayFolder, versionFolder } = request;
  const made = await again(() => writeVersion(request));
  if (await ownManifest(run, dayFolder)) return made;
  const replaced = (await reasonToKeep(request)) ?? (await replaceUnlessSuperseded(request));
  if (typeof replaced !== 'string') return made.files > 0 ? made : replaced;
  run.log('warn', `${dayFolder} is not replaced, because ${replaced}. This run's output is in ${versionFolder} only`);
  return made;
}

/**
 * Returns the counts of the files that were written; or, if a newer request has come just now, the reason not to replace the
 * folder.
 */
async function replaceUnlessSuperseded(request: ModelRequest): Promise<Written | string> {
  try {
    return await again(() => replaceDayFolder(request));
  } catch (error) {
    if (error instanceof SupersededError) return error.message;
    throw error;
  }
}

/** Writes the version, unless it is complete already. */
async function writeVersion(request: ModelRequest): Promise<Written> {
  const { run, versionFolder, dayFolder, requestedAt } = request;
  const { output } = run;
  const before = await etagsOf(output, versionFolder);
  if (await ownManifest(run, versionFolder)) return NOTHING_WRITTEN;
  const extras = await extraFiles(run, before);
  const day = await ownManifest(run, dayFolder);
  if (day !== undefined) {
    const begun = { run: run.id, requestedAt };
    return written(
      await writeFolder(output, { ...copyOf(output, dayFolder, day, versionFolder, begun), extras }, before),
    );
  }
  const folder = { ...(await modelFolder(request)), prefix: versionFolder };
  return written(await writeFolder(output, { ...(await stagedFolder(request, folder)), extras }, before));
}

const written = ({ files }: Manifest): Written => ({ files: files.length, bytes: bytesOfAll(files) });

/** Returns the one folder of a model. */
async function modelFolder({ publication, dayFolder }: ModelRequest): Promise<OutputFolder> {
  const folder = (await publication()).folders.find(({ prefix }) => prefix === dayFolder);
  if (folder === undefined) throw new Error(`a job with versions must publish ${dayFolder}, and this job did not`);
  return folder;
}

/** Replaces the day folder by the complete version. @throws SupersededError when a newer request has come just now */
async function replaceDayFolder({ run, requestedAt, versionFolder, dayFolder }: ModelRequest): Promise<Written> {
  const { output } = run;
  const before = await etagsOf(output, dayFolder);
  if (await ownManifest(run, dayFolder)) return NOTHING_WRITTEN;
  await claim(run, requestedAt);
  const version = await wholeManifest(output, versionFolder);
  if (version === undefined) throw damaged(output, versionFolder);
  const begun = { run: run.id, requestedAt };
  return written(await writeFolder(output, copyOf(output, versionFolder, version, dayFolder, begun), before));
}

/**
 * Returns the reason, in words, not to replace a day folder that does not have this run's complete output; undefined if it may
 * be replaced.
 */
export async function reasonToKeep({
  run,
  requestedAt,
  dayFolder,
  dayFolderIsNamed,
}: Pick<ModelRequest, 'run' | 'requestedAt' | 'dayFolder' | 'dayFolderIsNamed'>): Promise<string | undefined> {
  if (dayFolderIsNamed) return 'the runtime node names it';
  const { state } = await lookAtFolder(run.output, dayFolder, ownerOf(run));
  if (state.kind === 'foreign') return 'another system wrote it';
  const newer = await newerClaim(run, requestedAt);
  return newer && `run ${newer.run}, which was asked for later (${newer.requestedAt}), has published it`;
}

/** Returns the content of a complete folder, for writing it to another folder. */
function copyOf(
  output: Store,
  from: string,
  manifest: Manifest,
  prefix: string,
  begun: FolderContent['begun'],
): FolderContent {
  const files = manifest.files.map((file) => ({
    name: file.name,
    put: (key: string, condition: WriteCondition) => copyFile(output, from + file.name, file, key, condition),
  }));
  return { prefix, begun, files, manifest: () => manifest };
}

/** Copies a file. @throws DamagedObjectError when its content is not what the manifest says */
async function copyFile(
  output: Store,
  from: string,
  file: ManifestFile,
  key: string,
  condition: WriteCondition,
): Promise<ManifestFile> {
  const source = await output.head(from);
  if (source?.size !== file.size) throw damaged(output, from);
  if (await output.link(source, key, condition)) {
    await output.protect?.(key);
    output.knowHash?.(source, key, file.sha256);
    return file;
  }
  const { body, hash } = hashed(output.stream(from));
  await output.put(key, body, condition);
  await output.protect?.(key);
  if (hash().sha256 !== file.sha256) throw damaged(output, from);
  return file;
}

const damaged = (output: Store, key: string): DamagedObjectError =>
  new DamagedObjectError(
    `${output.root}/${key} is damaged: it is not what its ${SUCCESS} says. Run again, and it is published anew.`,
  );

/**
 * Returns the files of a version that the manifest does not name: a verdict and a sketch, if the work area or the version has
 * them.
 */
async function extraFiles(run: Run, before: ReadonlyMap<string, string>): Promise<PutFile<unknown>[]> {
  const extras: PutFile<unknown>[] = [];
  for (const [key, name] of [
    [VERDICT_KEY, VERDICT],
    [SKETCH_KEY, SKETCH],
  ] as const) {
    const staged = await run.output.head(run.work.prefix + key);
    if (staged !== undefined)
      extras.push({ name, put: (at, condition) => putExtra(run.output, staged, at, condition) });
    // An earlier attempt wrote the file, and its work area is gone. The file stays.
    else if (before.has(name)) extras.push({ name, put: async () => undefined });
  }
  return extras;
}

async function putExtra(output: Store, staged: ObjectInfo, key: string, condition: WriteCondition): Promise<void> {
  if (!(await output.link(staged, key, condition))) await output.put(key, output.stream(staged.key), condition);
  await output.protect?.(key);
}
