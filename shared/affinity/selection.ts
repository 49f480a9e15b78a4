/**
 * The features that users are drawn to, each with a weight: what a job's rule selects of `UserFeatureCounts`, on its way to
 * the lines of one file.
 */
import { bytesOf, doublesIn, integersIn } from '../columns/bytes.ts';
import { Growable } from '../columns/growable.ts';
import type { JsonValue } from '../json.ts';
import { LeastFirst } from '../shuffle/least-first.ts';
import { type SegmentFile, SegmentWriter } from '../store/segments.ts';
import type { Body } from '../store/store.ts';

/** Users whose rows are in memory at a time, of all shards' objects together: some 60 bytes each. */
const USERS_AT_ONCE = 1 << 18;
/** Lines go out in chunks of about this many characters. */
const CHUNK_LENGTH = 1 << 18;

/** Takes users ascending, and the features of each in the order of the output. */
export class Selection {
  readonly #users = new Growable(Float64Array);
  readonly #starts = new Growable(Uint32Array);
  readonly #features = new Growable(Uint32Array);
  readonly #weights = new Growable(Float64Array);
  /** How many users each feature has. (F) */
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

  /** Weights that are not finite. */
  get notFinite(): number {
    return this.#notFinite;
  }

  /** The shard's object. @param meta kept with it */
  finish(meta: JsonValue = null): Body {
    this.#starts.push(this.#features.length);
    const writer = new SegmentWriter();
    writer.add('users', bytesOf(this.#users.view()), this.#users.length);
    writer.add('starts', bytesOf(this.#starts.view()));
    writer.add('features', bytesOf(this.#features.view()));
    writer.add('weights', bytesOf(this.#weights.view()));
    writer.add('sizes', bytesOf(this.#sizes));
    return writer.finish(meta);
  }
}

/** How many users each feature has in all shards together. (F) */
export async function readSizes(files: readonly SegmentFile[], featureCount: number): Promise<Float64Array> {
  const sizes = new Float64Array(featureCount);
  for (const file of files) {
    for (const [feature, size] of integersIn(await file.read('sizes')).entries()) sizes[feature]! += size;
  }
  return sizes;
}

/**
 * One line for every selected feature of every user, users ascending: streaming, with a piece of each shard in memory.
 * @param files the shards' objects, no user in two of them
 * @param lineOf the text of a line, without its end; undefined: no line
 */
export async function* selectionLines(
  files: readonly SegmentFile[],
  lineOf: (user: number, feature: number, weight: number) => string | undefined,
): AsyncGenerator<Uint8Array> {
  const opened: SelectionReader[] = [];
  for (const file of files) {
    const reader = new SelectionReader(file, Math.ceil(USERS_AT_ONCE / files.length));
    if (await reader.next()) opened.push(reader);
  }
  const open = new LeastFirst(opened);
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
    if (reader.step() || (await reader.next())) open.moved();
    else open.ended();
  }
  if (text !== '') yield Buffer.from(text);
}

/** Goes through the users of one shard's object; the rows of the current one are `start` up to, not including, `end`. */
class SelectionReader {
  readonly #file: SegmentFile;
  readonly #usersAtOnce: number;
  #users: Float64Array = new Float64Array();
  #starts: Uint32Array = new Uint32Array();
  features: Uint32Array = new Uint32Array();
  weights: Float64Array = new Float64Array();
  /** Users before the piece at hand, and the current one's place in it. */
  #before = 0;
  #place = 0;

  constructor(file: SegmentFile, usersAtOnce: number) {
    this.#file = file;
    this.#usersAtOnce = usersAtOnce;
  }

  /** The user. */
  get key(): number {
    return this.#users[this.#place]!;
  }

  get start(): number {
    return this.#starts[this.#place]! - this.#starts[0]!;
  }

  get end(): number {
    return this.#starts[this.#place + 1]! - this.#starts[0]!;
  }

  /** Moves to the next user within the piece; false: `next` first. */
  step(): boolean {
    return ++this.#place < this.#users.length;
  }

  /** Reads the next piece; false at the end. */
  async next(): Promise<boolean> {
    const first = this.#before + this.#users.length;
    const end = Math.min(first + this.#usersAtOnce, this.#file.count('users'));
    if (first >= end) return false;
    if (end - first === this.#file.count('users')) await this.#readAll();
    else await this.#read(first, end);
    this.#before = first;
    this.#place = 0;
    return true;
  }

  /** Everything in one request. */
  async #readAll(): Promise<void> {
    const [users, starts, features, weights] = await this.#file.readMany(['users', 'starts', 'features', 'weights']);
    this.#users = doublesIn(users);
    this.#starts = integersIn(starts);
    this.features = integersIn(features);
    this.weights = doublesIn(weights);
  }

  /** The users from `first` up to, not including, `end`. */
  async #read(first: number, end: number): Promise<void> {
    this.#users = doublesIn(await this.#file.read('users', { start: first * 8, end: end * 8 }));
    this.#starts = integersIn(await this.#file.read('starts', { start: first * 4, end: (end + 1) * 4 }));
    const [row, lastRow] = [this.#starts[0]!, this.#starts.at(-1)!];
    this.features = integersIn(await this.#file.read('features', { start: row * 4, end: lastRow * 4 }));
    this.weights = doublesIn(await this.#file.read('weights', { start: row * 8, end: lastRow * 8 }));
  }
}
