/** What people do to a live model by hand: activate a version, roll back, hold, release. Nothing is trained or copied. */
import { NotActivatedError } from '../errors.ts';
import type { Manifest } from '../job/manifest.ts';
import type { OpenStore } from '../job/run.ts';
import { versionFolder } from '../store/keys.ts';
import { childLocation, formatLocation, parseLocation, type ReaderScheme, readerLocation } from '../store/location.ts';
import { type Candidate, decide, heldInWords, isNewer } from './decide.ts';
import { earlierModels, type HistoryEntry } from './history.ts';
import { heldAfterRollback, heldByHand, heldIfOlder, nothingEarlier } from './hold.ts';
import { type MovableNode, type Move, type Moved, type MoveOptions, moveNode } from './move.ts';
import type { Hold, LiveModel, LiveRecord } from './record.ts';
import { begunAt, checkWhole, requestTimeOf, type Version, type Which, wantedVersion } from './versions.ts';

/** A model that commands work on. */
export interface CommandPlace extends MovableNode {
  /** The folder of the job's days, for those who read by path: `matrix-factorization`. */
  readonly jobFolder: string;
  readonly scheme: ReaderScheme;
  readonly openStore: OpenStore;
}

/** What a command did. */
export type CommandResult = {
  readonly live: LiveModel | null;
  readonly previous: LiveModel | null;
  readonly hold: Hold | null;
};

/** Called before a version goes live by hand; throws where its verdict does not allow it. */
export type Judge = (version: Version, manifest: Manifest, live: LiveModel | null) => Promise<void>;

const asGiven: Judge = async () => undefined;

/**
 * Moves the node to a version. One that is not newer than the live model is then held, since the next run would replace it.
 * @throws NotActivatedError where the node is held or there is no such version; what `checkWhole` and `judge` throw
 */
export async function activateVersion(
  place: CommandPlace,
  which: Which,
  because: string | null,
  options: MoveOptions & { readonly judge?: Judge } = {},
): Promise<CommandResult> {
  const { client, node, store, scheme, jobFolder } = place;
  const now = options.now ?? (() => new Date());
  const version = await wantedVersion(place, which, jobFolder, now());
  const { day, run } = version;
  const folder = versionFolder(client, node, day, run);
  const manifest = await checkWhole(store, folder, client, run);
  const requestedAt = await requestTimeOf(place, version);
  const candidate: Candidate = { day, run, requestedAt, location: readerLocation(store.root, folder, scheme) };
  const judge = options.judge ?? asGiven;
  return moveChecked(
    place,
    (record) => {
      const live = record?.live ?? null;
      if (record?.hold) return { kind: 'stays', why: heldInWords(record.hold) };
      const free = decide(candidate, { live, hold: null }, now());
      if (!free.goes && !isOlder(candidate, live, now())) return { kind: 'stays', why: free.why };
      if (free.goes && free.isSame) return { kind: 'again' };
      const hold = heldIfOlder(candidate, live, because, now());
      return {
        kind: 'changes',
        live: { day, run, requestedAt, location: candidate.location },
        hold,
        by: 'activate',
        because,
      };
    },
    (record) => ({ key: record?.live?.location ?? '', check: () => judge(version, manifest, record?.live ?? null) }),
    options,
  );
}

/** What a decision refused for its age alone, a person may still want. */
const isOlder = (candidate: Candidate, live: LiveModel | null, now: Date): boolean =>
  live !== null && !isNewer(candidate, live, now) && decide(candidate, { live: null, hold: null }, now).goes;

/**
 * Moves the node to the newest earlier live model that was not itself rolled back from, and holds it there.
 * @throws NotActivatedError where there is none; what `checkWhole` throws
 */
export async function rollBack(
  place: CommandPlace,
  because: string | null,
  options: MoveOptions = {},
): Promise<CommandResult> {
  const now = options.now ?? (() => new Date());
  return moveChecked(
    place,
    (record, history) => {
      const live = earlierModels(history).at(-1);
      if (live === undefined) return { kind: 'stays', why: nothingEarlier(place) };
      const hold = heldAfterRollback(record?.live, because, now());
      return { kind: 'changes', live, hold, by: 'rollback', because };
    },
    (_record, history) => {
      const live = earlierModels(history).at(-1);
      return live && { key: live.location, check: () => checkIsThere(place, live, history) };
    },
    options,
  );
}

/** Keeps a node where it is until it is released. Holding again changes the reason. */
export async function holdNode(
  place: CommandPlace,
  because: string | null,
  options: MoveOptions = {},
): Promise<CommandResult> {
  const now = options.now ?? (() => new Date());
  const change = (record: LiveRecord | undefined): Move => ({
    kind: 'changes',
    live: record?.live ?? null,
    hold: heldByHand(record?.hold, because, now()),
    by: 'hold',
    because,
  });
  return resultOf(await moveNode(place, change, options));
}

/** Lets runs move a node again. A node that is not held is left alone. */
export async function releaseNode(
  place: CommandPlace,
  because: string | null,
  options: MoveOptions = {},
): Promise<CommandResult> {
  const change = (record: LiveRecord | undefined): Move =>
    record?.hold
      ? { kind: 'changes', live: record.live, hold: null, by: 'release', because }
      : { kind: 'stays', why: 'not held' };
  const moved = await moveNode(place, change, options);
  return { live: moved.record?.live ?? null, previous: moved.record?.live ?? null, hold: moved.record?.hold ?? null };
}

/**
 * A version must be whole; a folder that another system or an earlier release wrote must be there, and what it was: runs may
 * replace a day folder as soon as no node names it.
 */
async function checkIsThere(
  { client, node, store, openStore }: CommandPlace,
  live: LiveModel,
  history: readonly HistoryEntry[],
): Promise<void> {
  const { day, run, location } = live;
  const at = formatLocation(parseLocation(location));
  if (day !== null && run !== null) {
    const folder = versionFolder(client, node, day, run);
    if (formatLocation(childLocation(parseLocation(store.root), folder)) === at) {
      await checkWhole(store, folder, client, run);
      return;
    }
  }
  const other = await openStore(at);
  const begun = await begunAt(other, '');
  const wasLive = history.findLast((change) => change.live?.location === location);
  if (begun !== undefined && wasLive !== undefined && Date.parse(begun.requestedAt) > Date.parse(wasLive.when)) {
    throw new NotActivatedError(
      `${location} was live before, and holds another model now: run ${begun.run}, asked for at ${begun.requestedAt}, ` +
        'has replaced it since. Nothing was changed: choose a version with `offline activate`',
    );
  }
  for await (const _ of other.list('')) return;
  throw new NotActivatedError(`${location} was live before, and nothing lies there any more: nothing was changed`);
}

type Next = Parameters<typeof moveNode>[1];

/** A check that may take longer than a move may, and what it is about. */
interface Check {
  readonly key: string;
  readonly check: () => Promise<void>;
}

/**
 * Moves a node once `checkOf` what is to happen has been checked, outside of the move and its deadline. Where somebody else
 * changes what there is to check meanwhile, that is checked as well.
 */
async function moveChecked(
  place: CommandPlace,
  next: Next,
  checkOf: (...args: Parameters<Next>) => Check | undefined,
  options: MoveOptions,
): Promise<CommandResult> {
  const checked = new Set<string>();
  for (;;) {
    let missing: Check | undefined;
    const moved = await moveNode(
      place,
      async (record, history) => {
        const move = await next(record, history);
        const check = move.kind === 'changes' ? checkOf(record, history) : undefined;
        missing = check === undefined || checked.has(check.key) ? undefined : check;
        return missing === undefined ? move : { kind: 'stays', why: `${missing.key} is being checked` };
      },
      options,
    );
    const check = missing as Check | undefined;
    if (check === undefined) return resultOf(moved);
    await check.check();
    checked.add(check.key);
  }
}

/** @throws NotActivatedError for a node that stays */
function resultOf(moved: Moved): CommandResult {
  if (moved.kind === 'stays') throw new NotActivatedError(moved.why);
  return { live: moved.record?.live ?? null, previous: moved.previous, hold: moved.record?.hold ?? null };
}
