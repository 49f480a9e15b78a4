/**
 * A log of the ETags of large files, which lasts from run to run. A run need not hash a file that an earlier run has hashed.
 *
 * Each line is about one file, `<state> <etag>`, the newest last. A full state (`file-state.ts`) stands for one content, so a
 * line never becomes wrong; it only becomes useless when its file is gone. Threads and processes append at the same time, one
 * line at a time. Readers skip damaged lines.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CONTENT_ETAG_LENGTH } from './body.ts';
import { systemCode } from './file-errors.ts';
import { newOwner } from './file-owner.ts';

/** Hashing a smaller file is as fast as looking up its ETag. */
export const WORTH_KEEPING_BYTES: number = 1 << 20;
/** When the log has more than twice as many lines, only the newest of this number are kept. */
const KEPT = 20_000;
const LINE = new RegExp(`^(\\S+) ([0-9a-f]{${CONTENT_ETAG_LENGTH}})$`);

export class EtagLog {
  readonly #path: string;
  /** Full state → ETag; undefined until the first look-up. */
  #known: Map<string, string> | undefined;
  #isUsable = true;

  /** @param path the log's file, which need not exist yet */
  constructor(path: string) {
    this.#path = path;
  }

  get(state: string): string | undefined {
    this.#known ??= this.#load();
    return this.#known.get(state);
  }

  add(state: string, etag: string): void {
    if (this.get(state) === etag || !this.#isUsable) return;
    this.#known?.set(state, etag);
    this.#attempt(() => {
      mkdirSync(dirname(this.#path), { recursive: true });
      appendFileSync(this.#path, `${state} ${etag}\n`);
    });
  }

  #load(): Map<string, string> {
    const text = this.#attempt(() => (existsSync(this.#path) ? readFileSync(this.#path, 'latin1') : '')) ?? '';
    const found = text.split('\n').flatMap((line) => {
      const [, state, etag] = LINE.exec(line) ?? [];
      return state === undefined || etag === undefined ? [] : [[state, etag] as const];
    });
    const kept = found.slice(-KEPT);
    if (found.length > 2 * KEPT) {
      this.#attempt(() => {
        const draft = `${this.#path}.${newOwner()}`;
        writeFileSync(draft, kept.map(([state, etag]) => `${state} ${etag}\n`).join(''));
        renameSync(draft, this.#path);
      });
    }
    return new Map(kept);
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      // On a read-only checkout or a full disk the log is not used. Nothing depends on it: files are hashed again.
      if (systemCode(error) === undefined) throw error;
      this.#isUsable = false;
      return undefined;
    }
  }
}
