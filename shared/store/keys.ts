/**
 * Every key there is, relative to the output root (or, for day folders, to the root they are read from).
 *
 *   <client>/<job folder>/<day>/                    an output; in it:
 *     _BEGUN                                        written first: the run that began to write the folder
 *     part-00000 …                                  its files (or names that the reader fixes)
 *     _SUCCESS                                      written last: the run's manifest
 *     _rejected                                     a sample of the lines that could not be read
 *   <client>/models/<runtime node>/<day>-<run>/     one version of a model, never changed once it is whole; in it, besides:
 *     _verdict.json                                 the first verdict on it
 *     _sketch                                       the smallest hashes of its ids
 *   <client>/models/<runtime node>/                 beside the versions:
 *     _history.json                                 the last changes of what is live, and the last verdicts
 *     _record.json                                  of a job that fills a table: the live record of each table
 *     _live/<configuration root>.json               the version that is live there, and those that were
 *     _live/_versions.json                          the versions as they were published, and which are to be removed
 *   _rejected/<day>/                                of a run over all clients: its rejected lines and its `_SUCCESS`
 *   .work/<job>/<client>/
 *     published/<day>.json                          which request owns that day's output
 *     <run>/                                        one run's work area; in it:
 *       usage.json                                  what the run used: written when it is finished
 *       verdict.json                                the run's verdict, to be published with its version
 *       sketch                                      the smallest hashes of its ids, to be published with its version
 *       usage/<step>/<invocation>                   what one invocation used, in its name
 *       snapshots/<name>                            what a source that may change held when the run was named
 *       plans/<plan>.json                           inputs, blocks, shards
 *       <plan>/<step>/shards.json                   a step's shard list
 *       <plan>/<step>/00000 …                       one object a shard
 *       <plan>/<step>/00000.sha256 …                its hash, of a step that makes output files
 *       <plan>/<step>-<iteration>/…                 the same in a loop
 *
 * A run without a client has `_all` in its place. No client's name starts with `.` or `_`, so none of these can be taken
 * for another.
 */
import { ConfigError, LimitError } from '../errors.ts';
import { clientNameProblem } from '../model/client-name.ts';

/** The mark of a whole output, and its manifest. */
export const SUCCESS = '_SUCCESS';

/** The mark of an output that a run of ours began to write: `{"run","requestedAt"}`. It stays beside `_SUCCESS`. */
export const BEGUN = '_BEGUN';

/**
 * The names in an output folder, in the order in which its objects are removed: `_SUCCESS` first, so that nobody takes the rest
 * for a whole output; `_BEGUN` last, so that the rest is known as ours.
 */
export function inOrderOfRemoval(names: readonly string[]): string[] {
  const turn = (name: string): number => (name === SUCCESS ? 0 : name === BEGUN ? 2 : 1);
  return names.toSorted((a, b) => turn(a) - turn(b));
}

/** In a version, written before its `_SUCCESS` and outside of the manifest's files: a verdict and a sketch of the ids. */
export const VERDICT = '_verdict.json';
export const SKETCH = '_sketch';

/** Below a run's folder: what publishing copies into the version under the two names above, where a step wrote it. */
export const VERDICT_KEY = 'verdict.json';
export const SKETCH_KEY = 'sketch';

/** Below a run's folder: time, requests, memory. */
export const USAGE_KEY = 'usage.json';
export const USAGE_FOLDER = 'usage/';

const WORK = '.work';
const SHARD_LIST = 'shards.json';
const NO_CLIENT = '_all';
/** Names have five digits, so that they sort as numbers do. */
const MAX_INDEX = 99_999;

/** `<client>/<job folder>/<day>/`. @throws ConfigError for a name that no client can have */
export function dayFolder(client: string, jobFolder: string, day: number): string {
  return `${checkedClient(client)}/${jobFolder}/${day}/`;
}

/** `<client>/models/<node>/`: all versions of a model, and its history. @throws ConfigError as `dayFolder` */
export function modelsFolder(client: string, node: string): string {
  return `${checkedClient(client)}/models/${node}/`;
}

/** `<client>/models/<node>/<day>-<run>/`: one version of a model. @throws ConfigError as `dayFolder` */
export function versionFolder(client: string, node: string, day: number, run: string): string {
  return `${modelsFolder(client, node)}${versionName(day, run)}/`;
}

/** A version's folder without a slash: `15317-0123456789abcdef`. */
export const versionName = (day: number, run: string): string => `${day}-${run}`;

/** Day and run of the version whose folder has this name; undefined for any other name. */
export function versionOfName(name: string): { readonly day: number; readonly run: string } | undefined {
  const [, day, run] = /^(\d{1,9})-([0-9a-f]{16})$/.exec(name) ?? [];
  return day === undefined || run === undefined ? undefined : { day: Number(day), run };
}

/** `part-00007`, or `part-00007.gz`. @throws LimitError above 99,999 */
export function partName(index: number, gzip = false): string {
  return `part-${fiveDigits(index)}${gzip ? '.gz' : ''}`;
}

/** `_rejected/<day>/`: of a run over all clients, its rejected lines, and the `_SUCCESS` that speaks for the whole run. */
export function logsFolder(day: number): string {
  return `_rejected/${day}/`;
}

/** `.work/<job>/<client>/`: all runs of a job for a client. */
export function jobWorkFolder(job: string, client: string | null): string {
  return `${WORK}/${job}/${client === null ? NO_CLIENT : checkedClient(client)}/`;
}

/** A run's work area, with a slash at its end. The keys below are relative to it. */
export function runFolder(job: string, client: string | null, run: string): string {
  return `${jobWorkFolder(job, client)}${run}/`;
}

/** Relative to the output root: the request that owns a day's output. */
export function publishedKey(job: string, client: string | null, day: number): string {
  return `${jobWorkFolder(job, client)}published/${day}.json`;
}

/**
 * The format of the objects in a run's work area: 2 has checksums in segment files, shard lists and hashes. It is part of a
 * plan's name, and so of every key below: a build never takes up objects of another format.
 */
const WORK_FORMAT = 2;
const FORMAT_SUFFIX = `-v${WORK_FORMAT}`;

/** What a plan is called. @param shards asked for; null: planned by bytes */
export function planName(shards: number | null): string {
  return (shards === null ? 'planned' : `${shards}-shards`) + FORMAT_SUFFIX;
}

/** The name of the plan under this key; undefined for one of another format, whose objects this build cannot read. */
export function planOfKey(key: string): string | undefined {
  const name = /\/plans\/([^/]+)\.json$/.exec(key)?.[1];
  return name?.endsWith(FORMAT_SUFFIX) ? name : undefined;
}

/** @param plan the plan's name */
export function planKey(plan: string): string {
  return `plans/${plan}.json`;
}

/** @param name what was read, as the job calls it */
export function snapshotKey(name: string): string {
  return `snapshots/${name}`;
}

/** All objects of a plan but the plan itself, with a slash at its end. */
export const planFolder = (plan: string): string => `${plan}/`;

/** A step's folder, without a slash: in a loop `-<iteration>` follows. */
export function stepFolder(plan: string, step: string): string {
  return `${plan}/${step}`;
}

/** One shard's object. `iteration` only in a loop. @throws LimitError above 99,999 */
export function shardKey(plan: string, step: string, shard: number, iteration?: number): string {
  return `${iterationFolder(plan, step, iteration)}/${fiveDigits(shard)}`;
}

/** Beside the object under `key`: its SHA-256 in hex. */
export const hashKey = (key: string): string => `${key}.sha256`;

/** The step whose shard wrote what is under this key, relative to the output root; undefined for anything else. */
export const stepOfShard = (key: string): string | undefined =>
  /^\.work\/(?:[^/]+\/){4}([^/]+?)(?:-\d+)?\/\d{5,}(?:\.sha256)?$/.exec(key)?.[1];

/** A step's shard list. `iteration` only in a loop. */
export function shardListKey(plan: string, step: string, iteration?: number): string {
  return `${iterationFolder(plan, step, iteration)}/${SHARD_LIST}`;
}

export const isShardList = (key: string): boolean => key.endsWith(`/${SHARD_LIST}`);

function iterationFolder(plan: string, step: string, iteration: number | undefined): string {
  return stepFolder(plan, step) + (iteration === undefined ? '' : `-${iteration}`);
}

function fiveDigits(index: number): string {
  if (!Number.isInteger(index) || index < 0) throw new RangeError(`${index} numbers no part and no shard`);
  if (index > MAX_INDEX) {
    throw new LimitError(`part or shard ${index}: at most ${MAX_INDEX + 1} have a name. Choose fewer, larger ones.`);
  }
  return String(index).padStart(5, '0');
}

function checkedClient(client: string): string {
  const problem = clientNameProblem(client);
  if (problem !== undefined) throw new ConfigError(`no client can be called ${JSON.stringify(client)}: ${problem}`);
  return client;
}
