/**
 * All keys, relative to the output root (or, for day folders, to the root that they are read from).
 *
 *   <client>/<job folder>/<day>/                    an output; its objects:
 *     _BEGUN                                        written first: the run that began to write the folder
 *     part-00000 …                                  the files of the output (the reader may require other names)
 *     _SUCCESS                                      written last: the run's manifest
 *     _rejected                                     a sample of the lines that could not be read
 *   <client>/models/<runtime node>/<day>-<run>/     one version of a model, never changed once it is whole; also has:
 *     _verdict.json                                 the first verdict on the version
 *     _sketch                                       the smallest hashes of its ids
 *   <client>/models/<runtime node>/                 beside the versions:
 *     _history.json                                 the last changes of the live version and of settings, and the last verdicts
 *     _record.json                                  for a job that fills tables: the live record of each table
 *     _live/<configuration root>.json               the version that is live in this root, and those that were
 *     _live/_versions.json                          the versions in the order of publishing, and those to remove
 *   <client>/report/<day>/index.html                the report of a client's day, for people
 *   <client>/_forgotten/ids.ndjson                  the users that no run may use any more (`shared/forget/`)
 *   _forgotten/<client>                             says that the client has such a list
 *   _rejected/<day>/                                for a run over all clients: its rejected lines and its `_SUCCESS`
 *   .work/evaluate/<client>/                        also a root of its own, with the trainings of `offline evaluate`
 *   .work/tune/<client>/search-<id>/                the state of a search, and roots of its own (`shared/tuning/rung-roots.ts`)
 *   .work/<job>/<client>/
 *     published/<day>.json                          the request that owns that day's output
 *     folds/<run>,<bytes>,<state>                   a folded run that has begun, or one that gave up (`shared/job/fold-notes.ts`)
 *     <run>/                                        the work area of one run; its objects:
 *       usage.json                                  what the run used, written when it is finished
 *       verdict.json                                the run's verdict, to be published with its version
 *       sketch                                      the smallest hashes of its ids, to be published with its version
 *       usage/<step>/<invocation>                   what one invocation used, in the object's name
 *       snapshots/<name>                            a copy of a source that may change, made when the run was named
 *       plans/<plan>.json                           inputs, blocks, shards
 *       <plan>/<step>/shards.json                   the shard list of a step
 *       <plan>/<step>/00000 …                       one object for each shard
 *       <plan>/<step>/00000.sha256 …                its hash, if the step makes output files
 *       <plan>/<step>-<iteration>/…                 the same for each iteration of a loop
 *
 * A run without a client has `_all` in place of the client. No client's name starts with `.` or `_`, so no two of these keys
 * can be confused.
 */
import { ConfigError, LimitError } from '../errors.ts';
import { clientNameProblem } from '../model/client-name.ts';

/** The manifest of an output. It marks the output as whole. */
export const SUCCESS = '_SUCCESS';

/** Marks an output that one of our runs began to write: `{"run","requestedAt"}`. It stays beside `_SUCCESS`. */
export const BEGUN = '_BEGUN';

/**
 * Sorts the names in an output folder in the order in which they are removed. `_SUCCESS` is first, so that nobody takes the
 * rest for a whole output. `_BEGUN` is last, so that the rest can still be recognised as ours.
 */
export function inOrderOfRemoval(names: readonly string[]): string[] {
  const turn = (name: string): number => (name === SUCCESS ? 0 : name === BEGUN ? 2 : 1);
  return names.toSorted((a, b) => turn(a) - turn(b));
}

/** A version's verdict and the sketch of its ids. They are written before its `_SUCCESS`, and are not files of the manifest. */
export const VERDICT = '_verdict.json';
export const SKETCH = '_sketch';

/** Below a run's folder: the verdict and the sketch, if a step wrote them. Publishing copies them under the two names above. */
export const VERDICT_KEY = 'verdict.json';
export const SKETCH_KEY = 'sketch';

/** Below a run's folder: the usage of the run (time, requests, memory). */
export const USAGE_KEY = 'usage.json';
export const USAGE_FOLDER = 'usage/';

const WORK = '.work';
const SHARD_LIST = 'shards.json';
const NO_CLIENT = '_all';
const HASH_SUFFIX = '.sha256';
/** Numbers of shards and parts have five digits, so that names are sorted as numbers are. */
const INDEX_DIGITS = 5;
const MAX_INDEX = 99_999;

/** `<client>/<job folder>/<day>/`. @throws ConfigError for a name that no client can have */
export function dayFolder(client: string, jobFolder: string, day: number): string {
  return `${checkedClient(client)}/${jobFolder}/${day}/`;
}

/** The folder of a client's reports. No job writes it. */
export const REPORT = 'report';

/** `<client>/report/<day>/index.html`: the report of a day. @throws ConfigError as `dayFolder` */
export const reportKey = (client: string, day: number): string => `${dayFolder(client, REPORT, day)}index.html`;

/** The job folder with grouped actions, which have user ids. */
export const ACTIONS = 'actions';

const FORGOTTEN = '_forgotten';

/** `<client>/_forgotten/ids.ndjson`: a client's list of forgotten users. @throws ConfigError as `dayFolder` */
export const forgottenKey = (client: string): string => `${checkedClient(client)}/${FORGOTTEN}/ids.ndjson`;

/** The folder of the marks below. It ends in `/`. */
export const FORGOTTEN_MARKS = `${FORGOTTEN}/`;

/** `_forgotten/<client>`: says that the client has a list of forgotten users. @throws ConfigError as `dayFolder` */
export const forgottenMark = (client: string): string => FORGOTTEN_MARKS + checkedClient(client);

/** `<client>/models/<node>/`: the folder of all versions of a model. @throws ConfigError as `dayFolder` */
export function modelsFolder(client: string, node: string): string {
  return `${checkedClient(client)}/models/${node}/`;
}

/** `<client>/models/<node>/<day>-<run>/`: one version of a model. @throws ConfigError as `dayFolder` */
export function versionFolder(client: string, node: string, day: number, run: string): string {
  return `${modelsFolder(client, node)}${versionName(day, run)}/`;
}

/** The name of a version's folder: `15317-0123456789abcdef`. */
export const versionName = (day: number, run: string): string => `${day}-${run}`;

/** Returns day and run of the version whose folder has this name, or undefined for any other name. */
export function versionOfName(name: string): { readonly day: number; readonly run: string } | undefined {
  const [, day, run] = /^(\d{1,9})-([0-9a-f]{16})$/.exec(name) ?? [];
  return day === undefined || run === undefined ? undefined : { day: Number(day), run };
}

/** `part-00007`, or `part-00007.gz`. @throws LimitError above 99,999 */
export function partName(index: number, gzip = false): string {
  return `part-${fiveDigits(index)}${gzip ? '.gz' : ''}`;
}

/** `_rejected/<day>/`: for a run over all clients, its rejected lines and the `_SUCCESS` of the whole run. */
export function logsFolder(day: number): string {
  return `_rejected/${day}/`;
}

/** `.work/<job>/<client>/`: the folder of all runs of a job for a client. */
export function jobWorkFolder(job: string, client: string | null): string {
  return `${WORK}/${job}/${client === null ? NO_CLIENT : checkedClient(client)}/`;
}

/** The folder of a run's work area, with a slash at its end. The keys below are relative to it. */
export function runFolder(job: string, client: string | null, run: string): string {
  return `${jobWorkFolder(job, client)}${run}/`;
}

/** The key, relative to the output root, of the request that owns a day's output. */
export function publishedKey(job: string, client: string | null, day: number): string {
  return `${jobWorkFolder(job, client)}published/${day}.json`;
}

/** The folder of the notes about folded runs of a job for a client, relative to the output root. */
export function foldsFolder(job: string, client: string | null): string {
  return `${jobWorkFolder(job, client)}folds/`;
}

/**
 * The format of the objects in a run's work area. Format 2 has checksums in segment files, shard lists and hashes. The format
 * is part of a plan's name, and so of every key below: a build never reads objects of another format.
 */
const WORK_FORMAT = 2;
const FORMAT_SUFFIX = `-v${WORK_FORMAT}`;

/** Returns the name of a plan. @param shards the number that was asked for; null when shards are planned by bytes */
export function planName(shards: number | null): string {
  return (shards === null ? 'planned' : `${shards}-shards`) + FORMAT_SUFFIX;
}

/** Returns the name of the plan under this key, or undefined for another format, whose objects this build cannot read. */
export function planOfKey(key: string): string | undefined {
  const name = /\/plans\/([^/]+)\.json$/.exec(key)?.[1];
  return name?.endsWith(FORMAT_SUFFIX) ? name : undefined;
}

/** @param plan the plan's name */
export function planKey(plan: string): string {
  return `plans/${plan}.json`;
}

/** The key of a copy of a source that may change. @param name the job's name for the source */
export function snapshotKey(name: string): string {
  return `snapshots/${name}`;
}

/** The folder of all objects of a plan but the plan itself, with a slash at its end. */
export const planFolder = (plan: string): string => `${plan}/`;

/** A step's folder, without a slash. In a loop `-<iteration>` follows. */
export function stepFolder(plan: string, step: string): string {
  return `${plan}/${step}`;
}

/** The key of a shard's object. @param iteration only in a loop @throws LimitError above 99,999 */
export function shardKey(plan: string, step: string, shard: number, iteration?: number): string {
  return `${iterationFolder(plan, step, iteration)}/${fiveDigits(shard)}`;
}

/** The key of the SHA-256 (hex) of the object under `key`. */
export const hashKey = (key: string): string => `${key}${HASH_SUFFIX}`;

/**
 * Returns the step that wrote a shard's object or its hash.
 *
 * @param key relative to the output root: a key as `runFolder`, `shardKey` and `hashKey` make it; undefined for any other
 */
export function stepOfShard(key: string): string | undefined {
  const [work, _job, _client, _run, _plan, folder, name, ...below] = key.split('/');
  if (work !== WORK || folder === undefined || name === undefined || below.length > 0) return undefined;
  const index = name.endsWith(HASH_SUFFIX) ? name.slice(0, -HASH_SUFFIX.length) : name;
  if (index.length !== INDEX_DIGITS || !ALL_DIGITS.test(index)) return undefined;
  return folder.replace(ITERATION, '');
}

const ALL_DIGITS = /^\d+$/;
const ITERATION = /-\d+$/;

/** The key of a step's shard list. @param iteration only in a loop */
export function shardListKey(plan: string, step: string, iteration?: number): string {
  return `${iterationFolder(plan, step, iteration)}/${SHARD_LIST}`;
}

export const isShardList = (key: string): boolean => key.endsWith(`/${SHARD_LIST}`);

function iterationFolder(plan: string, step: string, iteration: number | undefined): string {
  return stepFolder(plan, step) + (iteration === undefined ? '' : `-${iteration}`);
}

function fiveDigits(index: number): string {
  if (!Number.isInteger(index) || index < 0) throw new RangeError(`${index} is not the number of a part or a shard`);
  if (index > MAX_INDEX) {
    throw new LimitError(`part or shard ${index}: at most ${MAX_INDEX + 1} have a name. Choose fewer, larger ones.`);
  }
  return String(index).padStart(INDEX_DIGITS, '0');
}

function checkedClient(client: string): string {
  const problem = clientNameProblem(client);
  if (problem !== undefined) throw new ConfigError(`no client can be called ${JSON.stringify(client)}: ${problem}`);
  return client;
}
