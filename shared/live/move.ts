/**
 * Moves a runtime node. Runs and commands change the live model only through this module.
 *
 *   1. check that the serving system knows the client
 *   2. make record and node agree, and complete the history
 *   3. let `next` decide from the live model; after a change by another process it decides again
 *   4. protect the next version, and the version that it replaces, from removal
 *   5. change record and node; a node that already holds the location is set again, so the server loads the model again
 *   6. add a missing client to the list, and set the node once more, because the server may have missed the first change
 *   7. add the change to the history
 *
 * All writes are compare-and-set. The whole move may be repeated at any time and leads to the same state.
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

/** A runtime node, and the store with its versions and its history. */
export interface MovableNode extends LiveNode {
  /** The output root. */
  readonly store: Store;
  /** True when a move adds the client to the list of clients for which the server loads the model. */
  readonly registerClient: boolean;
  /** The number of versions that were live and are kept. */
  readonly keepVersions: number;
}

/** The decision on a node: it stays, it is set again, or it changes. */
export type Move =
  | { readonly kind: 'stays'; readonly why: string }
  /** The node is set to the location that it already holds. */
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
      /** The model that was live before; null when nothing was live. */
      readonly previous: LiveModel | null;
      /** True when this move added the client to the list. */
      readonly registered: boolean;
    };

export interface MoveOptions {
  readonly now?: () => Date;
  /** Hears of a damaged history, and the move continues without it. Without `warn` a damaged history is an error. */
  readonly warn?: Warn;
  /** The longest time for the whole move. */
  readonly deadlineMs?: number;
}

/**
 * Moves a runtime node as `next` decides.
 * @param next may be called more than once. It gets the record (undefined when nothing was ever live) and the history
 * @throws UnknownClientError; ConfigError for an impossible location or client; ActivationUnavailableError after the deadline,
 *   when the outcome is unknown and the move should be repeated
 */
export async function moveNode(
  place: MovableNode,
  next: (record: LiveRecord | undefined, history: readonly HistoryEntry[]) => Move | Promise<Move>,
  { now = () => new Date(), deadlineMs = DEADLINE_MS, warn }: MoveOptions = {},
): Promise<Moved> {
  const { root, client, node } = place;
  const late = () =>
    new ActivationUnavailableError(
      `${root.describe}: changing ${runtimeNode(client, node)} was not done within ${deadlineMs / 1000} s, and its outcome is unknown. Run it again: that does no harm`,
    );
  const once = warn && withoutRepeats(warn);
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

/** Passes each warning on once, because a move reads the history several times. */
function withoutRepeats(warn: Warn): Warn {
  const said = new Set<string>();
  return (words) => {
    if (!said.has(words)) warn(words);
    said.add(words);
  };
}

/** Moves the node if no other process changes anything meanwhile; undefined when one does. */
async function attempt(
  place: MovableNode,
  next: Parameters<typeof moveNode>[1],
  context: LiveContext & { readonly firstSeq: () => Promise<number>; readonly warn: Warn | undefined },
  signal: AbortSignal,
): Promise<Moved | undefined> {
  const { store, client, node, keepVersions } = place;
  const { now } = context;
  const reading = await settle(place, context, signal);
  const record = reading.state.record;
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
    return { kind: move.kind, record, previous, registered: await registerIfMissing(place, location, signal) };
  }

  const isOther = location !== undefined && location !== previous?.location;
  if (isOther) {
    checkLocation(location);
    const change = { live: previous?.location ?? null, next: location, keepVersions, now };
    if (!(await claimLive(place, hash, change))) return { kind: 'stays', why: removalInWords(location), record };
    signal.throwIfAborted();
  }
  const { live, hold, by, because } = move;
  const change = { when: now.toISOString(), by, because };
  const firstSeq = record === undefined ? Math.max(1, await context.firstSeq()) : 0;
  const changed = await changeLive(place, reading, { live, hold, change }, firstSeq, signal);
  if (changed === undefined) return undefined;
  const isRun = by === 'run';
  if (isRun && !isOther && location !== undefined) await setAgain(place, location);
  const isNew = isOther || isRun ? await registerIfMissing(place, location as string, signal) : false;
  await completeHistory(store, client, node, changed, context.warn);
  return { kind: move.kind, record: changed, previous, registered: isNew };
}

/** Adds the client to the list. If the client was missing, sets the node once more and returns true. */
async function registerIfMissing(place: MovableNode, location: string, signal: AbortSignal): Promise<boolean> {
  if (!place.registerClient || !(await register(place.root, place.client, place.node, signal))) return false;
  // A process that moved the node meanwhile has told the server too, so the result does not matter.
  await setAgain(place, location);
  return true;
}

/** Says why a version whose removal mark was just deleted does not go live this time. */
export const removalInWords = (location: string): string =>
  `${location} was about to be removed, because newer versions were published and live since. It stays now: ask again`;
