/** The commands that change a live model by hand: activate a version, roll back, hold, release. They train and copy nothing. */
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
import { begunAt, checkWhole, chosenVersion, requestTimeOf, type Version, type VersionChoice } from './versions.ts';

/** A model that commands work on. */
export interface CommandPlace extends MovableNode {
  /** The folder of the job's days, for readers that find models by path: `matrix-factorization`. */
  readonly jobFolder: string;
  readonly scheme: ReaderScheme;
  readonly openStore: OpenStore;
}

/** The result of a command. */
export type CommandResult = {
  readonly live: LiveModel | null;
  readonly previous: LiveModel | null;
  readonly hold: Hold | null;
};

/** Judges a version before it goes live by hand. It throws when the verdict does not allow it. */
export type Judge = (version: Version, manifest: Manifest, live: LiveModel | null) => Promise<void>;

const acceptEvery: Judge = async () => undefined;

/**
 * Moves the node to a version. A version that is not newer than the live model is also held, because the next run would
 * replace it.
 * @throws NotActivatedError when the node is held or the version does not exist; every error of `checkWhole` and `judge`
 */
export async function activateVersion(
  place: CommandPlace,
  choice: VersionChoice,
  because: string | null,
  options: MoveOptions & { readonly judge?: Judge } = {},
): Promise<CommandResult> {
  const { client, node, store, scheme, jobFolder } = place;
  const now = options.now ?? (() => new Date());
  const version = await chosenVersion(place, choice, jobFolder, now());
  const { day, run } = version;
  const folder = versionFolder(client, node, day, run);
  const manifest = await checkWhole(store, folder, client, run);
  const requestedAt = await requestTimeOf(place, version);
  const candidate: Candidate = { day, run, requestedAt, location: readerLocation(store.root, folder, scheme) };
  const judge = options.judge ?? acceptEvery;
  return moveChecked(
    place,
    (record) => {
      const live = record?.live ?? null;
      if (record?.hold) return { kind: 'stays', why: heldInWords(record.hold) };
      const decision = decide(candidate, { live, hold: null }, now());
      if (!decision.goesLive && !isOnlyTooOld(candidate, live, now())) return { kind: 'stays', why: decision.why };
      if (decision.goesLive && decision.isSame) return { kind: 'again' };
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

/** True when age is the only reason against a candidate. A person may still want such a model. */
const isOnlyTooOld = (candidate: Candidate, live: LiveModel | null, now: Date): boolean =>
  live !== null && !isNewer(candidate, live, now) && decide(candidate, { live: null, hold: null }, now).goesLive;

/**
 * Moves the node to the newest earlier live model that nobody rolled back from, and holds the node there.
 * @throws NotActivatedError when there is no such model; every error of `checkWhole`
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
      return live && { key: live.location, check: () => checkStillThere(place, live, history) };
    },
    options,
  );
}

/** Keeps a node at its model until the node is released. Holding it again changes the reason. */
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

/** Lets runs move a node again. It does nothing to a node that is not held. */
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
 * Checks that a model that was live before can go live again. A version must be whole. A folder that another system or an
 * earlier release wrote must exist and still hold the same model, because a run may replace a day folder as soon as no node
 * names it.
 * @throws NotActivatedError; every error of `checkWhole`
 */
async function checkStillThere(
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
  throw new NotActivatedError(`${location} was live before and is empty now: nothing was changed`);
}

type Next = Parameters<typeof moveNode>[1];

/** A check that may take longer than the deadline of a move. Checks of equal keys are the same check. */
interface Check {
  readonly key: string;
  readonly check: () => Promise<void>;
}

/**
 * Moves a node after the check that `checkOf` gives for the move has passed. The check runs outside of the move and its
 * deadline. If another process changes the node meanwhile, the check for the new state runs as well.
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

/** @throws NotActivatedError when the node stays */
function resultOf(moved: Moved): CommandResult {
  if (moved.kind === 'stays') throw new NotActivatedError(moved.why);
  return { live: moved.record?.live ?? null, previous: moved.previous, hold: moved.record?.hold ?? null };
}
