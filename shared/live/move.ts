/**
 * Moving a runtime node: the one way in which runs and commands change what is live.
 *
 *   1. the client must be known to the serving system
 *   2. record and node are brought to agree, and the history is completed
 *   3. `next` decides, from what is live now; whoever comes first makes it decide anew
 *   4. the version that is to go live, and the one that it replaces, are kept from removal
 *   5. record and node change; a node that holds the location already is set again, so that the server reloads
 *   6. the client is added to the list where it is missing, and then the node is set once more: the server can miss the first
 *   7. the history says so
 *
 * All writes are compare-and-set. All of it may be done again at any time: it only ever leads to the same state.
 */
import { checkLocation } from '../activation/location.ts';
import { runtimeNode } from '../activation/nodes.ts';
import { checkClient, register } from '../activation/register.ts';
import { DEADLINE_MS } from '../config/config-root.ts';
import { withDeadline } from '../config/deadline.ts';
import { ActivationUnavailableError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Warn } from './documents.ts';
import { completeHistory, type HistoryEntry, nextSeq } from './history.ts';
import { claimLive, keepLive } from './kept.ts';
import { changeLive, type LiveContext, type LiveNode, rootHash, setAgain, settle } from './live-node.ts';
import type { ChangedBy, Hold, LiveModel, LiveRecord } from './record.ts';

/** A node that may be moved, and where its versions and its history lie. */
export interface MovableNode extends LiveNode {
  /** The output root. */
  readonly store: Store;
  /** True when the client is to be added to the list of those that the model is loaded for. */
  readonly registerClient: boolean;
  /** How many versions that were live are kept. */
  readonly keepVersions: number;
}

/** The change that a node is to undergo, if any. */
export type Move =
  | { readonly kind: 'stays'; readonly why: string }
  /** The node is set to what it holds. */
  | { readonly kind: 'again' }
  | {
      readonly kind: 'changes';
      readonly live: LiveModel | null;
      readonly hold: Hold | null;
      readonly by: ChangedBy;
      readonly because: string | null;
    };

export type Moved =
  | { readonly kind: 'stays'; readonly why: string; readonly record: LiveRecord | undefined }
  | {
      readonly kind: 'again' | 'changes';
      readonly record: LiveRecord | undefined;
      /** What was live before; null where nothing was. */
      readonly previous: LiveModel | null;
      /** True when the client was added to the list now. */
      readonly registered: boolean;
    };

export interface MoveOptions {
  readonly now?: () => Date;
  /** Hears of a damaged history, which is not needed to go on then; without it the move ends there. */
  readonly warn?: Warn;
  /** The most that all of it may take. */
  readonly deadlineMs?: number;
}

/**
 * @param next may be asked more than once. It gets the record, undefined where nothing was ever live, and the changes before
 * @throws UnknownClientError; ConfigError for a location or client that cannot be; ActivationUnavailableError when it is not
 *   done in time (the outcome is not known then: do it again)
 */
export async function moveNode(
  place: MovableNode,
  next: (record: LiveRecord | undefined, history: readonly HistoryEntry[]) => Move | Promise<Move>,
  { now = () => new Date(), deadlineMs = DEADLINE_MS, warn }: MoveOptions = {},
): Promise<Moved> {
  const { root, client, node } = place;
  const late = () =>
    new ActivationUnavailableError(
      `${root.describe}: changing ${runtimeNode(client, node)} was not done within ${deadlineMs / 1000} s, nor is it known how far it came. Run it again: that does no harm`,
    );
  const once = warn && eachOnce(warn);
  const context = { firstSeq: () => nextSeq(place, rootHash(place.root), once), warn: once };
  return withDeadline(deadlineMs, late, async (signal) => {
    await checkClient(root, client, place.registerClient);
    for (;;) {
      signal.throwIfAborted();
      const moved = await attempt(place, next, { ...context, now: now() }, signal);
      if (moved !== undefined) return moved;
    }
  });
}

/** The history is asked for several times in a move. */
function eachOnce(warn: Warn): Warn {
  const said = new Set<string>();
  return (words) => {
    if (!said.has(words)) warn(words);
    said.add(words);
  };
}

/** Undefined when somebody else changed something meanwhile. */
async function attempt(
  place: MovableNode,
  next: Parameters<typeof moveNode>[1],
  context: LiveContext & { readonly firstSeq: () => Promise<number>; readonly warn: Warn | undefined },
  signal: AbortSignal,
): Promise<Moved | undefined> {
  const { store, client, node, keepVersions } = place;
  const { now } = context;
  const reading = await settle(place, context, signal);
  const record = reading.standing.record;
  const hash = record?.root ?? rootHash(place.root);
  const history = record ? await completeHistory(store, client, node, record, context.warn) : [];
  if (record?.live) await keepLive(place, hash, record.live.location, now);

  const move = await next(record, history);
  if (move.kind === 'stays') return { ...move, record };
  signal.throwIfAborted();
  const previous = record?.live ?? null;
  const location = (move.kind === 'changes' ? move.live : previous)?.location;
  if (move.kind === 'again') {
    if (location === undefined || !(await setAgain(place, location))) return undefined;
    return { kind: move.kind, record, previous, registered: await registered(place, location, signal) };
  }

  const isOther = location !== undefined && location !== previous?.location;
  if (isOther) {
    checkLocation(location);
    const change = { live: previous?.location ?? null, next: location, keepVersions, now };
    if (!(await claimLive(place, hash, change))) return { kind: 'stays', why: goingInWords(location), record };
    signal.throwIfAborted();
  }
  const { live, hold, by, because } = move;
  const change = { when: now.toISOString(), by, because };
  const firstSeq = record === undefined ? Math.max(1, await context.firstSeq()) : 0;
  const changed = await changeLive(place, reading, { live, hold, change }, firstSeq, signal);
  if (changed === undefined) return undefined;
  const isRun = by === 'run';
  if (isRun && !isOther && location !== undefined) await setAgain(place, location);
  const isNew = isOther || isRun ? await registered(place, location as string, signal) : false;
  await completeHistory(store, client, node, changed, context.warn);
  return { kind: move.kind, record: changed, previous, registered: isNew };
}

/** Adds the client to the list; where it was missing, sets the node once more. */
async function registered(place: MovableNode, location: string, signal: AbortSignal): Promise<boolean> {
  if (!place.registerClient || !(await register(place.root, place.client, place.node, signal))) return false;
  // Somebody who moved the node meanwhile has told the server, too.
  await setAgain(place, location);
  return true;
}

/** Why a version whose mark was just taken away does not go live this time. */
export const goingInWords = (location: string): string =>
  `${location} was about to be removed, because newer versions were published and live since. It stays now: ask again`;
