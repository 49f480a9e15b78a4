/**
 * The commands that change a live table by hand: activate a version, roll back, hold, release. They send a published file
 * again.
 */
import { defined } from '../defined.ts';
import { NotActivatedError } from '../errors.ts';
import type { TableMark } from '../mysql/table-mark.ts';
import { versionFolder } from '../store/keys.ts';
import type { CommandResult, Judge } from './commands.ts';
import { decide, heldInWords } from './decide.ts';
import type { Warn } from './documents.ts';
import { earlierModels } from './history.ts';
import { heldAfterRollback, heldByHand, heldIfOlder, nothingEarlier } from './hold.ts';
import { removalInWords } from './move.ts';
import type { Hold, LiveModel } from './record.ts';
import { claimVersion, modelOf, setTableHold, type TablePlace, type TableState, tableState } from './table-state.ts';
import { checkWhole, chosenVersion, requestTimeOf, type Version, type VersionChoice } from './versions.ts';

export interface TableCommandOptions {
  readonly now?: () => Date;
  readonly judge?: Judge;
  /** Hears of a damaged history, and the command continues without it. Without `warn` a damaged history is an error. */
  readonly warn?: Warn;
}

/**
 * Fills the table with a version. A version that is not newer than the live one is also held, because the next run would
 * replace it.
 * @param jobFolder the folder of the job's days
 * @throws NotActivatedError when the table is held or the version does not exist; every error of `checkWhole`, `judge` and
 * `fill`
 */
export async function activateTable(
  place: TablePlace,
  jobFolder: string,
  choice: VersionChoice,
  because: string | null,
  { now = () => new Date(), judge = async () => undefined, warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { client } = place;
  const version = await chosenVersion(place, choice, jobFolder, now());
  const { day, run } = version;
  const manifest = await checkWhole(place.store, folderOf(place, version), client, run);
  const requestedAt = (await requestTimeOf(place, version)) ?? new Date(0).toISOString();
  const candidate = { ...modelOf(place, { day, run, requestedAt }), day, run };
  const state = await tableState(place, now(), warn);
  const live = state.record?.live ?? null;
  if (state.record?.hold) throw new NotActivatedError(heldInWords(state.record.hold));
  // A person may want an older version than the live one, so nothing counts as live in this decision.
  const decision = decide(candidate, { live: null, hold: null }, now());
  if (!decision.goesLive) throw new NotActivatedError(decision.why);
  await judge(version, manifest, live);
  const besideLive = decide(candidate, { live, hold: null }, now());
  if (besideLive.goesLive && besideLive.isSame) return { live, previous: live, hold: null };
  const hold = heldIfOlder(candidate, live, because, now());
  const done = await replaceRows(place, state, { model: candidate, version, hold, by: 'activate', because }, now, warn);
  return done ?? activateTable(place, jobFolder, choice, because, defined({ now, judge, warn }));
}

/**
 * Fills the table with the newest earlier version that nobody rolled back from, and holds the table there.
 * @throws NotActivatedError when there is no such version; every error of `checkWhole` and `fill`
 */
export async function rollBackTable(
  place: TablePlace,
  because: string | null,
  { now = () => new Date() }: TableCommandOptions = {},
): Promise<CommandResult> {
  const state = await tableState(place, now());
  const model = earlierModels(state.history).at(-1);
  if (model === undefined || model.day === null || model.run === null) {
    throw new NotActivatedError(nothingEarlier(place));
  }
  const version = { day: model.day, run: model.run };
  await checkWhole(place.store, folderOf(place, version), place.client, version.run);
  const hold = heldAfterRollback(state.record?.live, because, now());
  // When another rollback comes first, this one goes back one version further.
  return (
    (await replaceRows(place, state, { model, version, hold, by: 'rollback', because }, now, undefined)) ??
    rollBackTable(place, because, { now })
  );
}

/** Keeps a table as it is until it is released. Holding it again changes the reason. */
export async function holdTable(
  place: TablePlace,
  because: string | null,
  { now = () => new Date(), warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { record } = await tableState(place, now(), warn);
  const hold = heldByHand(record?.hold, because, now());
  return resultOf(await setTableHold(place, hold, { when: now().toISOString(), by: 'hold', because }, warn));
}

/** Lets runs fill a table again. It does nothing to a table that is not held. */
export async function releaseTable(
  place: TablePlace,
  because: string | null,
  { now = () => new Date(), warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { record } = await tableState(place, now(), warn);
  if (!record?.hold) return resultOf(record);
  return resultOf(await setTableHold(place, null, { when: now().toISOString(), by: 'release', because }, warn));
}

/** The next rows of a table, and the reason for them. */
interface Target {
  readonly model: LiveModel;
  readonly version: Version;
  readonly hold: Hold | null;
  readonly by: 'activate' | 'rollback';
  readonly because: string | null;
}

/**
 * Replaces the rows of the table. The hold comes first: if the command is interrupted after it, the live rows stay, and no
 * run replaces them against the person's wish. If it is interrupted after the swap, the next command completes record and
 * history.
 * @returns undefined when another run went live meanwhile: nothing was swapped, and the caller decides again
 */
async function replaceRows(
  place: TablePlace,
  { mark: seen }: TableState,
  { model, version, hold, by, because }: Target,
  now: () => Date,
  warn: Warn | undefined,
): Promise<CommandResult | undefined> {
  const at = now().toISOString();
  if (hold !== null) await setTableHold(place, hold, { when: at, by: 'hold', because: hold.because }, warn);
  const requestedAt = model.requestedAt ?? new Date(0).toISOString();
  const mark: TableMark = { ...version, requestedAt, client: place.client, at, by, because };
  let isOvertaken = false;
  const filled = await place.table.fill(
    { store: place.store, folder: folderOf(place, version) },
    mark,
    async (live) => {
      isOvertaken = live?.run !== seen?.run || live?.at !== seen?.at;
      if (isOvertaken) return { goesLive: false, why: 'another run went live meanwhile' };
      if (await claimVersion(place, live, model, now())) return { goesLive: true, isSame: live?.run === version.run };
      return { goesLive: false, why: removalInWords(model.location) };
    },
  );
  if (isOvertaken) return undefined;
  if (filled.outcome === 'notActivated') throw new NotActivatedError(filled.why);
  const { record } = await tableState(place, now(), warn);
  return { ...resultOf(record), previous: seen === undefined ? null : modelOf(place, seen) };
}

const folderOf = ({ client, node }: TablePlace, { day, run }: Version): string => versionFolder(client, node, day, run);

const resultOf = (record: TableState['record']): CommandResult => ({
  live: record?.live ?? null,
  previous: record?.live ?? null,
  hold: record?.hold ?? null,
});
