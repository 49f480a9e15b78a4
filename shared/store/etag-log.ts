/**
 * ETags of large files, kept from run to run: a run does not read for its hash what an earlier one has read or written.
 *
 * A log of one line a file, `<state> <etag>`, the newest last. A state (`file-etag.ts`) stands for one content, so a line is
 * never wrong, it only comes to be about a file that is no more. Threads and processes append at the same time, a line at a
 * time; what is no line is passed over.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CONTENT_ETAG_LENGTH } from './body.ts';
import { systemCode } from './file-errors.ts';
import { newOwner } from './file-owner.ts';

/** Smaller files are read as soon as looked up. */
export const WORTH_KEEPING_BYTES: number = 1 << 20;
/** Twice as many lines, and the older half is dropped. */
const KEPT = 20_000;
const LINE = new RegExp(`^(\\S+) ([0-9a-f]{${CONTENT_ETAG_LENGTH}})$`);

export class EtagLog {
  readonly #path: string;
  /** State → ETag; undefined as long as nobody has asked. */
  #known: Map<string, string> | undefined;
  #isUsable = true;

  /** @param path need not be there yet */
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
      // A read-only checkout, a full disk: nothing depends on the log, files are read again.
      if (systemCode(error) === undefined) throw error;
      this.#isUsable = false;
      return undefined;
    }
  }
}
