/**
 * The features to which users are drawn, each with a weight. A job's rule selects them from `UserFeatureCounts`, and they
 * become the lines of one file.
 */
import { Growable } from '../columns/growable.ts';
import type { JsonValue } from '../json.ts';
import { byKey, LeastFirst } from '../shuffle/least-first.ts';
import { ColumnTable } from '../store/column-table.ts';
import { type SegmentBody, type SegmentFile, SegmentWriter } from '../store/segments.ts';

/** The number of users whose rows are in memory at a time, over the objects of all shards: about 60 bytes for each user. */
const USERS_AT_ONCE = 1 << 18;
/** The number of characters after which a chunk of lines ends. */
const CHUNK_LENGTH = 1 << 18;

/**
 * *U users, N selected features of users, F features in all.* User `u` has the rows `starts[u]` (inclusive) to `starts[u + 1]`
 * (exclusive).
 */
export const SELECTED = new ColumnTable({
  users: Float64Array, // (U)
  starts: Uint32Array, // (U + 1)
  features: Uint32Array, // (N)
  weights: Float64Array, // (N)
  sizes: Uint32Array, // (F) users for whom the feature was selected
});

/** Takes users in ascending order, and the features of each user in the order of the output. */
export class Selection {
  readonly #users = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #features = new Growable(Uint32Array);
  readonly #weights = new Growable(Float64Array);
  /** The number of users for whom each feature was selected. (F) */
  readonly #sizes: Uint32Array;
  #lastUser = Number.NaN;
  #notFinite = 0;

  constructor(featureCount: number) {
    this.#sizes = new Uint32Array(featureCount);
  }

  add(user: number, feature: number, weight: number): void {
    if (user !== this.#lastUser) {
      this.#lastUser = user;
      this.#users.push(user);
      this.#starts.push(this.#features.length);
    }
    this.#features.push(feature);
    this.#weights.push(weight);
    if (!Number.isFinite(weight)) this.#notFinite++;
    this.#sizes[feature]!++;
  }

  /** The number of weights that are not finite. */
  get notFinite(): number {
    return this.#notFinite;
  }

  /** Returns the shard's object. @param meta the object's meta */
  finish<M extends JsonValue>(meta: M): SegmentBody<M> {
    this.#starts.push(this.#features.length);
    const writer = new SegmentWriter();
    SELECTED.write(writer, {
      users: this.#users.view(),
      starts: this.#starts.view(),
      features: this.#features.view(),
      weights: this.#weights.view(),
      sizes: this.#sizes,
    });
    return writer.finish(meta);
  }
}

/** Returns the number of users for whom each feature was selected, over all shards. (F) */
export async function readSizes(files: readonly SegmentFile[], featureCount: number): Promise<Float64Array> {
  const sizes = new Float64Array(featureCount);
  for (const file of files) {
    const own = (await SELECTED.read(file, 'sizes')).sizes;
    for (const [feature, size] of own.entries()) sizes[feature]! += size;
  }
  return sizes;
}

/**
 * Yields a line for every selected feature of every user, users ascending. Memory has one piece of each shard's object.
 *
 * @param files the shards' objects. A user must be in one of them only
 * @param lineOf returns the text of a line without its newline, or undefined for no line
 */
export async function* selectionLines(
  files: readonly SegmentFile[],
  lineOf: (user: number, feature: number, weight: number) => string | undefined,
): AsyncGenerator<Uint8Array> {
  const opened: SelectionReader[] = [];
  for (const file of files) {
    const reader = new SelectionReader(file, Math.ceil(USERS_AT_ONCE / files.length));
    if (await reader.nextPiece()) opened.push(reader);
  }
  const open = new LeastFirst(opened, byKey);
  let text = '';
  for (let reader = open.first; reader; reader = open.first) {
    const { key: user, features, weights } = reader;
    for (let row = reader.start; row < reader.end; row++) {
      const line = lineOf(user, features[row]!, weights[row]!);
      if (line !== undefined) text += `${line}\n`;
    }
    if (text.length > CHUNK_LENGTH) {
      yield Buffer.from(text);
      text = '';
    }
    if (reader.step() || (await reader.nextPiece())) open.moved();
    else open.ended();
  }
  if (text !== '') yield Buffer.from(text);
}

/**
 * Reads the users of one shard's object, one after another. The current user has the rows `start` (inclusive) to `end`
 * (exclusive).
 */
class SelectionReader {
  readonly #file: SegmentFile;
  readonly #usersAtOnce: number;
  #users: Float64Array = new Float64Array();
  #starts: Uint32Array = new Uint32Array();
  features: Uint32Array = new Uint32Array();
  weights: Float64Array = new Float64Array();
  /** The number of users before the current piece. */
  #before = 0;
  /** The current user's place in the piece. */
  #place = 0;

  constructor(file: SegmentFile, usersAtOnce: number) {
    this.#file = file;
    this.#usersAtOnce = usersAtOnce;
  }

  /** The current user. */
  get key(): number {
    return this.#users[this.#place]!;
  }

  get start(): number {
    return this.#starts[this.#place]! - this.#starts[0]!;
  }

  get end(): number {
    return this.#starts[this.#place + 1]! - this.#starts[0]!;
  }

  /** Moves to the next user of the current piece. Returns false at the end of the piece. */
  step(): boolean {
    return ++this.#place < this.#users.length;
  }

  /** Reads the next piece, and moves to its first user. Returns false when all pieces have been read. */
  async nextPiece(): Promise<boolean> {
    const first = this.#before + this.#users.length;
    const end = Math.min(first + this.#usersAtOnce, this.#file.count('users'));
    if (first >= end) return false;
    if (end - first === this.#file.count('users')) await this.#readAll();
    else await this.#read(first, end);
    this.#before = first;
    this.#place = 0;
    return true;
  }

  /** Reads all users with one request. */
  async #readAll(): Promise<void> {
    const all = await SELECTED.read(this.#file, 'users', 'starts', 'features', 'weights');
    this.#users = all.users;
    this.#starts = all.starts;
    this.features = all.features;
    this.weights = all.weights;
  }

  /** Reads the users `first` (inclusive) to `end` (exclusive). */
  async #read(first: number, end: number): Promise<void> {
    this.#users = await SELECTED.readRows(this.#file, 'users', { from: first, to: end });
    this.#starts = await SELECTED.readRows(this.#file, 'starts', { from: first, to: end + 1 });
    const rows = { from: this.#starts[0]!, to: this.#starts.at(-1)! };
    this.features = await SELECTED.readRows(this.#file, 'features', rows);
    this.weights = await SELECTED.readRows(this.#file, 'weights', rows);
  }
}
