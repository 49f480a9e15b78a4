/** What people do to a live table by hand: activate a version, roll back, hold, release. The published file is sent again. */
import { NotActivatedError } from '../errors.ts';
import type { TableMark } from '../mysql/table-mark.ts';
import { versionFolder } from '../store/keys.ts';
import type { CommandResult, Judge } from './commands.ts';
import { decide, heldInWords } from './decide.ts';
import type { Warn } from './documents.ts';
import { earlierModels } from './history.ts';
import { heldAfterRollback, heldByHand, heldIfOlder, nothingEarlier } from './hold.ts';
import { goingInWords } from './move.ts';
import type { Hold, LiveModel } from './record.ts';
import { claimVersion, modelOf, setTableHold, type TablePlace, type TableState, tableState } from './table-state.ts';
import { checkWhole, requestTimeOf, type Version, type Which, wantedVersion } from './versions.ts';

export interface TableCommandOptions {
  readonly now?: () => Date;
  readonly judge?: Judge;
  /** Hears of a damaged history, which is not needed to go on then; without it the command ends there. */
  readonly warn?: Warn;
}

/**
 * Fills the table with a version. One that is not newer than what is live is then held, since the next run would replace it.
 * @param jobFolder the folder of the job's days
 * @throws NotActivatedError where the table is held or there is no such version; what `checkWhole`, `judge` and `fill` throw
 */
export async function activateTable(
  place: TablePlace,
  jobFolder: string,
  which: Which,
  because: string | null,
  { now = () => new Date(), judge = async () => undefined, warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { client } = place;
  const version = await wantedVersion(place, which, jobFolder, now());
  const { day, run } = version;
  const manifest = await checkWhole(place.store, folderOf(place, version), client, run);
  const requestedAt = (await requestTimeOf(place, version)) ?? new Date(0).toISOString();
  const candidate = { ...modelOf(place, { day, run, requestedAt }), day, run };
  const state = await tableState(place, now(), warn);
  const live = state.record?.live ?? null;
  if (state.record?.hold) throw new NotActivatedError(heldInWords(state.record.hold));
  const free = decide(candidate, { live, hold: null }, now());
  const mayEver = decide(candidate, { live: null, hold: null }, now());
  if (!mayEver.goes) throw new NotActivatedError(mayEver.why);
  await judge(version, manifest, live);
  if (free.goes && free.isSame) return { live, previous: live, hold: null };
  const hold = heldIfOlder(candidate, live, because, now());
  const done = await move(place, state, { model: candidate, version, hold, by: 'activate', because }, now, warn);
  return done ?? activateTable(place, jobFolder, which, because, { now, judge, ...(warn && { warn }) });
}

/**
 * Fills the table with the newest earlier version that was not itself rolled back from, and holds it there.
 * @throws NotActivatedError where there is none; what `checkWhole` and `fill` throw
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
  // Two at once go back two.
  return (
    (await move(place, state, { model, version, hold, by: 'rollback', because }, now, undefined)) ??
    rollBackTable(place, because, { now })
  );
}

/** Keeps a table as it is until it is released. Holding again changes the reason. */
export async function holdTable(
  place: TablePlace,
  because: string | null,
  { now = () => new Date(), warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { record } = await tableState(place, now(), warn);
  const hold = heldByHand(record?.hold, because, now());
  return resultOf(await setTableHold(place, hold, { when: now().toISOString(), by: 'hold', because }, warn));
}

/** Lets runs fill a table again. One that is not held is left alone. */
export async function releaseTable(
  place: TablePlace,
  because: string | null,
  { now = () => new Date(), warn }: TableCommandOptions = {},
): Promise<CommandResult> {
  const { record } = await tableState(place, now(), warn);
  if (!record?.hold) return resultOf(record);
  return resultOf(await setTableHold(place, null, { when: now().toISOString(), by: 'release', because }, warn));
}

interface Target {
  readonly model: LiveModel;
  readonly version: Version;
  readonly hold: Hold | null;
  readonly by: 'activate' | 'rollback';
  readonly because: string | null;
}

/**
 * The hold comes first: where the command is broken off behind it, what is live stays, and no run goes past what was wanted.
 * Broken off behind the swap, the next command completes record and history. Undefined when another run went live meanwhile:
 * nothing was swapped, and the caller decides again.
 */
async function move(
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
      if (isOvertaken) return { goes: false, why: 'another run went live meanwhile' };
      if (await claimVersion(place, live, model, now())) return { goes: true, isSame: live?.run === version.run };
      return { goes: false, why: goingInWords(model.location) };
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
