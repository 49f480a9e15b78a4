/**
 * The check `change`: how much of what the live model recommends the new model recommends, too. It never blocks. It warns when
 * the overlap is below half of the lowest one of the last 28 models with the same settings. For example, if these had at least
 * 0.62, then 0.30 warns and 0.32 passes. An overlap with a model of other settings is reported, and has no limit.
 */

import { isDeepStrictEqual } from 'node:util';
import { CorruptInputError } from '../errors.ts';
import { inPercent } from '../in-words.ts';
import { earlierOutputs } from '../job/earlier-outputs.ts';
import { type Manifest, readManifestIfIntact } from '../job/manifest.ts';
import { unlessDamaged, type Warn } from '../live/documents.ts';
import { SKETCH, versionFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { NEWEST_OUTPUTS } from './check-coverage.ts';
import { type BestIds, LIST_LENGTH, meanOverlap, Sample } from './compared-lists.ts';
import type { ComparedLists } from './judging.ts';
import { ModelFile } from './model-file.ts';
import { commonHashes, readSketch, type Sketch } from './sketch.ts';
import type { Finding, Verdict } from './verdict.ts';
import { newestOf, readVerdicts } from './verdict-history.ts';

export const CHANGE = 'change';
/** The number of users (items) whose lists are compared. */
const SAMPLE_SIZE = 1_000;
/** With fewer earlier values than this, the lowest one is not representative. */
const FEWEST_VALUES = 8;
/** The smallest usual share of the lowest earlier overlap. */
const SMALLEST_SHARE = 0.5;
/** The most settings that a message names. */
const MOST_NAMED = 3;
/** The digits of an overlap after the point. */
const DIGITS = 4;

export interface ChangeRequest {
  readonly store: Store;
  readonly client: string;
  readonly job: string;
  /** The job's folder of days, and the folder of its versions below `models/`. */
  readonly writes: string;
  readonly node: string;
  readonly run: string;
  readonly day: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly files: readonly ModelFile[];
  readonly sketch: Sketch | undefined;
  readonly live: Verdict['live'];
  readonly lists: ComparedLists<unknown>;
  /** Hears of a damaged history. */
  readonly warn: Warn;
}

const notApplicable = (says: string): Finding => ({ result: 'notApplicable', says });

export async function checkChange(request: ChangeRequest): Promise<Finding> {
  const { store, client, node, run, settings, files, sketch, live, lists } = request;
  if (live === null) return notApplicable('nothing is live to compare with');
  if (live.run === run) return notApplicable('the live model is this one');
  const folder = live.run === null ? undefined : versionFolder(client, node, live.day, live.run);
  const manifest = folder && (await readManifestIfIntact(store, folder));
  if (!folder || !manifest) return notApplicable('the version of the live model is not there to compare with');
  const differing = differingSettings(manifest.settings, settings);
  const inWords = differing.length === 0 ? '' : `; the live model was made with other settings (${someOf(differing)})`;
  const [own, ofLive] = [sketch?.[lists.side], (await readSketch(store, folder + SKETCH))?.[lists.side]];
  const hashes = own && ofLive ? commonHashes(own, ofLive, SAMPLE_SIZE) : new Float64Array();
  if (hashes.length === 0) return notApplicable(`no ${lists.side} were found that both models have${inWords}`);
  const sample = new Sample(hashes);
  const before = await Promise.all(manifest.files.map(({ name }) => ModelFile.published(store, folder, name)));
  const overlap = await overlapOf(lists, sample, [
    { files: before, settings: manifest.settings },
    { files, settings },
  ]);
  if (typeof overlap === 'string') return notApplicable(overlap + inWords);
  const said = `of the ${LIST_LENGTH} best items of ${sample.size} ${lists.side}, ${inPercent(overlap)} are those of the live model`;
  if (differing.length > 0) return { ...notApplicable(said + inWords), value: overlap };
  return findingOf(overlap, said, await earlierOverlaps(request));
}

type Model = { readonly files: readonly ModelFile[]; readonly settings: unknown };

/** Returns the mean overlap, or why there is none. */
async function overlapOf(
  lists: ComparedLists<unknown>,
  sample: Sample,
  models: readonly Model[],
): Promise<number | string> {
  const read: BestIds[] = [];
  try {
    for (const { files, settings } of models) read.push(await lists.read(files, settings, sample));
  } catch (error) {
    // The check `readable` is for wrong lines, and this check blocks nothing.
    if (error instanceof CorruptInputError) return `a model cannot be compared: ${error.message}`;
    throw error;
  }
  const overlap = meanOverlap(read[0]!, read[1]!);
  return overlap === undefined ? 'neither model has anything for them' : Number(overlap.toFixed(DIGITS));
}

function findingOf(value: number, said: string, earlier: readonly number[]): Finding {
  if (earlier.length < FEWEST_VALUES) {
    return {
      result: 'passed',
      value,
      says: `${said}; ${earlier.length} earlier models with the same settings were compared, and ${FEWEST_VALUES} are needed for a limit`,
    };
  }
  const lowest = Math.min(...earlier);
  const limit = SMALLEST_SHARE * lowest;
  return {
    result: value < limit ? 'failed' : 'passed',
    value,
    limit,
    says: `${said}; the lowest of ${earlier.length} earlier models had ${inPercent(lowest)}`,
  };
}

/**
 * Returns the overlaps of the newest models before this one with the same settings, by their newest verdicts. The overlap of such
 * a model with a live model of other settings is left out: it is low on purpose, and would lower the limit.
 */
async function earlierOverlaps(request: ChangeRequest): Promise<number[]> {
  const { store, client, job, writes, node, day, settings, warn } = request;
  const folder = `${client}/${writes}/`;
  const outputs = await earlierOutputs({ output: store, folder, job, day, days: settings.days }, NEWEST_OUTPUTS);
  const alike = outputs.filter((manifest: Manifest) => differingSettings(manifest.settings, settings).length === 0);
  const verdicts = await unlessDamaged(() => readVerdicts(store, client, node), [], warn);
  return alike.flatMap(({ run }) => {
    const own = newestOf(verdicts, run)?.checks.find(({ check }) => check === CHANGE);
    return own === undefined || own.verdict === 'notApplicable' ? [] : (own.value ?? []);
  });
}

/** Returns the names of the settings, but the day, that two models do not share, in alphabetical order. */
function differingSettings(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.filter((name) => name !== 'startDay' && !isDeepStrictEqual(a[name], b[name]));
}

function someOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + more;
}
