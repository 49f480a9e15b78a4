/**
 * Models of peers in the published form of our jobs, so that `evaluate` scores them as it scores ours. Numbers have six digits.
 *
 * | model | written as |
 * |---|---|
 * | factors of users and items | `userFeatures.txt` and `productFeatures.txt` of matrix-factorization |
 * | symmetric similarities | lines of similar-items, one a pair; the form holds only those above 0 |
 * | lists of users | rules of fpgrowth: one for each place of a list, whose antecedent is all that the user met |
 * | vectors of items | `docvectors.txt` of word2vec |
 *
 * The rules of a user apply to every user who met these items and others. A user who met n items has rules with scores above n, and
 * up to n + 1. So the own rules of a user come before those of users who met fewer items, and rank as the list does.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from '../../functions/evaluate/candidates.ts';
import { scorerOf } from '../../functions/evaluate/scorers.ts';
import { FILE_NAMES } from '../../functions/matrix-factorization/file-names.ts';
import type { JsonValue } from '../../shared/json.ts';
import { SUCCESS, versionFolder } from '../../shared/store/keys.ts';
import { sealed } from '../../shared/store/sealed.ts';

/** A vector for each id. *N ids, K size.* */
export interface Vectors {
  /** (N) */
  readonly ids: Float64Array;
  /** (N,K) */
  readonly values: Float32Array;
  readonly size: number;
}

export type PeerModel =
  | { readonly kind: 'factors'; readonly users: Vectors; readonly items: Vectors }
  /** `values` is (I,I) and symmetric; the diagonal is not read. */
  | { readonly kind: 'similarities'; readonly items: Float64Array; readonly values: Float32Array }
  | { readonly kind: 'lists'; readonly lists: readonly UserList[] }
  | { readonly kind: 'vectors'; readonly items: Vectors };

/** A list for a user, best first, and the distinct items that the user met, of any type of action. */
export interface UserList {
  readonly met: readonly number[];
  readonly list: readonly number[];
}

export interface PeerPlace {
  readonly root: string;
  readonly client: string;
  /** The last day that the model was trained on. */
  readonly day: number;
}

/** The job in whose form a model is written. */
const JOBS = {
  factors: 'matrix-factorization',
  lists: 'fpgrowth',
  similarities: 'similar-items',
  vectors: 'word2vec',
} as const;

const PART = 'part-00000';
const DIGITS = 6;
/** Characters that are written at once. */
const PIECE = 1 << 20;
const RUN_DIGITS = 16;

/**
 * Publishes a model as a version, whose run is the hash of its files, and returns the candidate for `evaluate`.
 *
 * @param settings of the peer, for readers of `metrics.json`
 */
export function publishPeer(
  { root, client, day }: PeerPlace,
  name: string,
  model: PeerModel,
  settings: Readonly<Record<string, JsonValue>>,
): Candidate {
  const job = JOBS[model.kind];
  const draft = join(root, client, `peer-${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const { files, sizes } = writeFiles(draft, model);
  const all = { ...settings, ...sizes };
  const hashes = JSON.stringify([job, all, files]);
  const run = createHash('sha256').update(hashes).digest('hex').slice(0, RUN_DIGITS);
  const manifest = { run, job, version: 1, client, day, settings: all, counts: {}, files };
  writeFileSync(join(draft, SUCCESS), `${sealed(manifest, 2)}\n`);
  const folder = versionFolder(client, scorerOf(job).node, day, run);
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder, '..'), { recursive: true });
  renameSync(draft, join(root, folder));
  return { name, job, run, day, settings: all, folder };
}

/** Writes the files of a model, and returns them with the settings that a reader of the job's files needs. */
function writeFiles(folder: string, model: PeerModel) {
  const write = (name: string, lines: Iterable<string>) => writeLines(folder, name, lines);
  if (model.kind === 'vectors') {
    const { items } = model;
    return { files: [write('docvectors.txt', docVectors(items))], sizes: { vectorSize: items.size } };
  }
  if (model.kind === 'similarities') return { files: [write(PART, similarities(model))], sizes: {} };
  if (model.kind === 'lists') return { files: [write(PART, rules(model.lists))], sizes: {} };
  const { users, items } = model;
  const files = [write(FILE_NAMES.users, vectorLines(users, ',')), write(FILE_NAMES.items, vectorLines(items, ','))];
  return { files, sizes: { rank: items.size } };
}

/** Writes lines to a new file, and returns its entry in the manifest. */
function writeLines(folder: string, name: string, lines: Iterable<string>) {
  const file = openSync(join(folder, name), 'w');
  const hash = createHash('sha256');
  let size = 0;
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE) continue;
    size += writePiece(file, hash, piece);
    piece = '';
  }
  size += writePiece(file, hash, piece);
  closeSync(file);
  return { name, size, sha256: hash.digest('hex') };
}

function writePiece(file: number, hash: Hash, text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  hash.update(bytes);
  return writeSync(file, bytes);
}

const numberText = (value: number): string => (value === 0 ? '0' : value.toPrecision(DIGITS));

function* vectorLines({ ids, values, size }: Vectors, separator: ',' | '|'): Generator<string> {
  for (const [row, id] of ids.entries()) {
    yield `${id}|${Array.from(values.subarray(row * size, (row + 1) * size), numberText).join(separator)}`;
  }
}

function* docVectors(items: Vectors): Generator<string> {
  yield `-vectortype REAL -dimension ${items.size}`;
  yield* vectorLines(items, '|');
}

function* rules(lists: readonly UserList[]): Generator<string> {
  for (const { met, list } of lists) {
    const itemset = met.join(',');
    for (const [place, item] of list.entries()) {
      // A rule's score is confidence × lift × number of antecedent items.
      const confidence = (met.length + 1 - place / list.length) / met.length;
      yield `{"itemset":[${itemset}],"item":${item},"confidence":${confidence},"lift":1}`;
    }
  }
}

function* similarities({ items, values }: Extract<PeerModel, { kind: 'similarities' }>): Generator<string> {
  for (const [row, item1] of items.entries()) {
    for (let column = row + 1; column < items.length; column++) {
      const sim = values[row * items.length + column]!;
      if (sim > 0) yield `{"item1":${item1},"item2":${items[column]},"sim":${numberText(sim)}}`;
    }
  }
}
