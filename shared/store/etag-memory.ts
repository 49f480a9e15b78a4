/**
 * The ETags of files that a thread knows, by the full states of the files.
 *
 * A file system's clock ticks every few milliseconds, and a free inode number is used again. A file that was read in the tick
 * of its last change could therefore change once more and keep its state. The ETag of such a file is not remembered. (Git calls
 * such an entry of its index "racily clean".)
 */
import type { BigIntStats } from 'node:fs';
import { EtagLog, WORTH_KEEPING_BYTES } from './etag-log.ts';
import { fullState } from './file-state.ts';

const MOST_KNOWN = 100_000;
/** A file that did not change for so long is remembered. No common file system's clock has a longer tick. */
const SETTLED_AFTER_MS = 50;

/** The full state of a file and its ETag. They hold for every thread of the machine. */
export type KnownEtag = readonly [state: string, etag: string];

/** The ways in which a thread shares its ETags. */
export interface EtagSharing {
  /** The file of a log that lasts from run to run. It need not exist yet. */
  readonly logPath?: string;
  /** Called with the ETag of every file that this thread has read. */
  readonly onRead?: (entry: KnownEtag) => void;
}

export class EtagMemory {
  /** Full state → ETag, the oldest entry first. */
  readonly #known = new Map<string, string>();
  #log: EtagLog | undefined;
  #onRead: EtagSharing['onRead'];

  /** From now on shares ETags with later runs and with other threads. */
  share({ logPath, onRead }: EtagSharing): void {
    if (logPath !== undefined) this.#log = new EtagLog(logPath);
    if (onRead !== undefined) this.#onRead = onRead;
  }

  /** Takes an ETag that another thread has found. */
  learn([state, etag]: KnownEtag): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(state, etag);
  }

  /** Returns the ETag of a file in this state, or undefined when it is not known. */
  get(stat: BigIntStats): string | undefined {
    const state = fullState(stat);
    return this.#known.get(state) ?? (stat.size >= WORTH_KEEPING_BYTES ? this.#log?.get(state) : undefined);
  }

  /** Remembers the ETag of a file that was read, if a change since its last one would show in the state. */
  remember(stat: BigIntStats, etag: string): void {
    if (isSettled(Number(stat.ctimeMs))) this.#remember(stat, etag);
  }

  /** Remembers a file that was just linked. The link has changed the inode, so only the content's last change counts. */
  rememberLinked(stat: BigIntStats, etag: string): void {
    if (isSettled(Number(stat.mtimeMs))) this.#remember(stat, etag);
  }

  #remember(stat: BigIntStats, etag: string): void {
    const entry: KnownEtag = [fullState(stat), etag];
    if (this.#known.has(entry[0])) return;
    this.learn(entry);
    this.#onRead?.(entry);
    if (stat.size >= WORTH_KEEPING_BYTES) this.#log?.add(...entry);
  }
}

const isSettled = (changedMs: number): boolean => Date.now() - changedMs > SETTLED_AFTER_MS;

/** The ETags that this thread knows. All its stores share them. */
export const threadEtags = new EtagMemory();
