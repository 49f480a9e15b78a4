/**
 * Publishing a model: first a version, which nobody replaces, then the day folder for those who read by path.
 *
 * A version is a folder of its own for every run, `<client>/models/<node>/<day>-<run>/`, and the runtime node names it. So
 * whatever happens to the day folder afterwards, the model that the serving system reads stays as it is.
 *
 * The day folder's files are second names (on a disk) or copies (in S3) of the version's. It works the other way round too:
 * a whole day folder of this run, from before there were versions, becomes its version without any computing.
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
  /** Of the job. */
  readonly version: number;
  readonly requestedAt: string;
  /** The settings for the manifest. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** The folder of this run's version, and that of its day. */
  readonly versionFolder: string;
  readonly dayFolder: string;
  /** True when a runtime node names the day folder: then it stays as it is. */
  readonly dayFolderIsNamed: boolean;
  /** Out of the work area; asked for only where the version is not there yet. */
  readonly publication: () => Promise<Publication>;
}

/** Resolves to what was written: the version's files or else the day folder's. */
export async function publishModel(request: ModelRequest): Promise<Written> {
  const { run, dayFolder, versionFolder } = request;
  const made = await again(() => writeVersion(request));
  if (await ownManifest(run, dayFolder)) return made;
  const replaced = (await reasonToKeep(request)) ?? (await replaceUnlessSuperseded(request));
  if (typeof replaced !== 'string') return made.files > 0 ? made : replaced;
  run.log('warn', `${dayFolder} stays as it is, because ${replaced}. This run's output is in ${versionFolder} alone`);
  return made;
}

/** Resolves to what was written, or to the reason why the day folder is not replaced: a newer request came just now. */
async function replaceUnlessSuperseded(request: ModelRequest): Promise<Written | string> {
  try {
    return await again(() => replaceDayFolder(request));
  } catch (error) {
    if (error instanceof SupersededError) return error.message;
    throw error;
  }
}

/** Writes the version, or what is missing of it. A whole one stays as it is. */
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

/** The one folder of a model. */
async function modelFolder({ publication, dayFolder }: ModelRequest): Promise<OutputFolder> {
  const folder = (await publication()).folders.find(({ prefix }) => prefix === dayFolder);
  if (folder === undefined) throw new Error(`a job with versions publishes ${dayFolder}, and this one did not`);
  return folder;
}

/** Replaces the day folder by the version, which is whole. @throws SupersededError where a newer request came just now */
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

/** Why a day folder that does not hold this run, whole, must not be replaced, in words; undefined where it may be. */
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

/** The content of a whole folder, to be written into another one. */
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

/** @throws DamagedObjectError where what is copied is not what the manifest says */
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

/** What lies in the version beside the manifest's files: a verdict and a sketch, where steps have left them. */
async function extraFiles(run: Run, before: ReadonlyMap<string, string>): Promise<PutFile<unknown>[]> {
  const extras: PutFile<unknown>[] = [];
  for (const [key, name] of [
    [VERDICT_KEY, VERDICT],
    [SKETCH_KEY, SKETCH],
  ] as const) {
    const staged = await run.output.head(run.work.prefix + key);
    if (staged !== undefined)
      extras.push({ name, put: (at, condition) => putExtra(run.output, staged, at, condition) });
    // From an earlier attempt, whose work area is gone.
    else if (before.has(name)) extras.push({ name, put: async () => undefined });
  }
  return extras;
}

async function putExtra(output: Store, staged: ObjectInfo, key: string, condition: WriteCondition): Promise<void> {
  if (!(await output.link(staged, key, condition))) await output.put(key, output.stream(staged.key), condition);
  await output.protect?.(key);
}
