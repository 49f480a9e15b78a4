/** Merges runs of users' lines, each by ascending user, into the text of one part. Memory has one chunk of each run. */
import { CorruptInputError } from '../errors.ts';
import { byKey, LeastFirst } from './least-first.ts';
import { partOf } from './parts.ts';

/** The bytes of a chunk of the part's text. */
const CHUNK_BYTES = 1 << 18;

/** The users of a cell, ascending, and their lines. *U users.* */
export interface UserRun {
  /** (U) */
  readonly users: Float64Array;
  /** The bytes of each user's lines, with newlines. (U) */
  readonly lengths: Uint32Array;
  readonly text: AsyncIterable<Uint8Array>;
}

/**
 * Yields the lines of the users of part `part` of `parts`, by ascending user. A user must be in one run only.
 *
 * @throws CorruptInputError when a run's text is too short
 */
export async function* mergeUserLines(
  runs: readonly UserRun[],
  part: number,
  parts: number,
): AsyncGenerator<Uint8Array> {
  if (runs.length === 1 && parts === 1) {
    yield* runs[0]!.text;
    return;
  }
  const open = new LeastFirst(
    runs.filter(({ users }) => users.length > 0).map((run) => new RunReader(run)),
    byKey,
  );
  let out = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (let run = open.first; run; run = open.first) {
    const wanted = parts === 1 || partOf(run.key, parts) === part;
    for (let left = run.length; left > 0; ) {
      if (run.available === 0) await run.refill();
      if (used === CHUNK_BYTES) {
        yield out;
        out = Buffer.allocUnsafe(CHUNK_BYTES);
        used = 0;
      }
      const count = Math.min(left, run.available, wanted ? CHUNK_BYTES - used : left);
      if (wanted) used += run.copyTo(out, used, count);
      run.skip(count);
      left -= count;
    }
    if (run.next()) open.moved();
    else open.ended();
  }
  if (used > 0) yield out.subarray(0, used);
}

/** Reads a run: its current user, and the bytes of the current chunk. */
class RunReader {
  readonly #users: Float64Array;
  readonly #lengths: Uint32Array;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #place = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor({ users, lengths, text }: UserRun) {
    this.#users = users;
    this.#lengths = lengths;
    this.#chunks = text[Symbol.asyncIterator]();
  }

  /** The current user. */
  get key(): number {
    return this.#users[this.#place]!;
  }

  /** The bytes of the current user's lines. */
  get length(): number {
    return this.#lengths[this.#place]!;
  }

  /** Moves to the next user. Returns false at the end of the run. */
  next(): boolean {
    return ++this.#place < this.#users.length;
  }

  /** The remaining bytes of the current chunk. */
  get available(): number {
    return this.#chunk.length - this.#at;
  }

  copyTo(target: Buffer, at: number, count: number): number {
    return this.#chunk.copy(target, at, this.#at, this.#at + count);
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Gets the next chunk, when nothing is left of the last one. @throws CorruptInputError at the end of the text */
  async refill(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new CorruptInputError(`the lines of user ${this.key} are cut off: run the job again`);
    this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#at = 0;
  }
}
