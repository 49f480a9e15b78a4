/**
 * The check `input`: each day that a run reads is compared with the days before it (`input-faults.ts`). It is judged under the gate
 * `warn`, so it never blocks, because a shop may have a day like no other.
 */
import { atMost } from '../at-most.ts';
import { dayInWords } from '../in-words.ts';
import { readManifestIfIntact } from '../job/manifest.ts';
import { figuresIn } from '../model/day-figures.ts';
import { readDaySketch } from '../model/day-sketch-file.ts';
import { dayFoldersIn } from '../store/day-folders.ts';
import type { Store } from '../store/store.ts';
import { type ComparedDay, DAYS_KNOWN } from './compared-days.ts';
import { factsOf, faultsOfDay, HISTORY_DAYS, type InputFault, reasonNotCompared } from './input-faults.ts';
import type { Finding } from './verdict.ts';

/** The most faults that a message names. */
const MOST_SHOWN = 3;
/** The number of folders that are read at the same time. */
const READERS = 16;

export interface InputRequest {
  /** The store with the actions. */
  readonly actions: Store;
  readonly client: string;
  /** The last day that the run reads. */
  readonly day: number;
  /** The number of days that the run reads. */
  readonly days: number;
}

export async function checkInput(request: InputRequest): Promise<Finding> {
  const found = await inputFaults(request);
  const { faults, compared, notCompared } = found;
  const [first] = faults;
  if (first === undefined) {
    return compared === 0 && notCompared !== undefined
      ? { result: 'notApplicable', says: notCompared }
      : { result: 'passed', says: usualInWords(found, request.day) };
  }
  const more = faults.length > MOST_SHOWN ? `; and ${faults.length - MOST_SHOWN} more` : '';
  const says = faults.slice(0, MOST_SHOWN).map((fault) => fault.says);
  return { result: 'failed', value: first.value, limit: first.limit, says: says.join('; ') + more };
}

function usualInWords({ read, compared, closed }: InputFaults, day: number): string {
  if (compared === 0) return 'the days that are read have no actions, and their weekdays are usually closed';
  const like = `like the ${HISTORY_DAYS} days before`;
  if (read === 1) return `${dayInWords(day)} looks ${like}`;
  const without = closed === 0 ? '' : `; days without actions, on weekdays that are usually closed: ${closed}`;
  return `${compared} of ${read} days were compared, and look ${like}${without}`;
}

/** The findings about the days that a run reads. */
export interface InputFaults {
  /** The newest day first. */
  readonly faults: readonly InputFault[];
  /** The number of days that the run reads, from the client's first one on. */
  readonly read: number;
  /** The number of days with actions that could be compared. */
  readonly compared: number;
  /** The number of days without actions whose weekday is usually closed. */
  readonly closed: number;
  /** The reason why the newest of the other days could not be compared; undefined if there is none. */
  readonly notCompared: string | undefined;
}

/** Compares each day that a run reads, and that the client has, with the days before it. */
export async function inputFaults({ actions, client, day, days }: InputRequest): Promise<InputFaults> {
  const folder = `${client}/actions/`;
  const { whole, all } = await dayFoldersIn(actions, folder);
  const from = Math.max(day - days + 1, Math.min(...all, day));
  const wanted = whole.filter((other) => other >= from - HISTORY_DAYS && other <= day);
  // New users of the first of these days are told from the days before it.
  const known = whole.filter((other) => other < from - HISTORY_DAYS).slice(-DAYS_KNOWN);
  const found = (await atMost(READERS, [...known, ...wanted], (other) => readDay(actions, folder, other))).flatMap(
    (one) => one ?? [],
  );
  const facts = found.map((one, place) => factsOf(one, found.slice(Math.max(0, place - DAYS_KNOWN), place)));
  const withFigures = new Set(found.map((one) => one.day));
  const faults: InputFault[] = [];
  let [compared, closed] = [0, 0];
  let notCompared: string | undefined;
  for (let read = day; read >= from; read--) {
    // Nothing is known about a folder without figures, which an older build or another system has written.
    if (all.has(read) && !withFigures.has(read)) {
      notCompared ??= `${folder}${read}/ has no figures: group the day again`;
      continue;
    }
    const reason = reasonNotCompared(read, facts);
    if (reason !== undefined) {
      notCompared ??= reason;
      continue;
    }
    const own = faultsOfDay(read, facts);
    faults.push(...own);
    if (withFigures.has(read)) compared++;
    else if (own.length === 0) closed++;
  }
  return { faults, read: day - from + 1, compared, closed, notCompared };
}

/** Undefined for a folder without figures, and for one with a damaged manifest. */
async function readDay(store: Store, folder: string, day: number): Promise<ComparedDay | undefined> {
  const own = `${folder}${day}/`;
  const [manifest, sketch] = await Promise.all([readManifestIfIntact(store, own), readDaySketch(store, own)]);
  const figures = manifest && figuresIn(manifest.counts);
  return figures && { day, figures, sketch };
}
