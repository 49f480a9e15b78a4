/**
 * Compares two models of matrix factorization by what they recommend: for a sample of users, how much of the ten best items is the
 * same, and for the ten of these users whose lists changed most the items themselves.
 *
 * Both lists hold the best items by score, also items that the user already has, because neither model holds what users did.
 */
import { BestItems } from '../kernels/best-items.ts';
import { type FactorRows, parseFactors } from '../model/factor-text.ts';
import { sketchHash } from '../model/stable-hash.ts';
import type { Store } from '../store/store.ts';

/** The number of items of a list. */
export const LIST = 10;
/** The users whose lists are compared: those with the smallest hashes of their ids. */
const USERS = 200;
/** The users whose lists are shown. */
const EXAMPLES = 10;
/** The largest model that is compared, in bytes of text. A larger one takes more memory than the report's function has. */
const MOST_BYTES = 64 << 20;

export interface Example {
  readonly user: number;
  /** The best items now, best first. */
  readonly now: readonly number[];
  /** The best items by the model before; undefined without such a model, or when it does not know the user. */
  readonly before: readonly number[] | undefined;
}

export interface FactorComparison {
  /** The mean share of a list that was in the list before. Undefined without a model before, or without a common user. */
  readonly overlap: number | undefined;
  /** The number of users behind `overlap`. */
  readonly users: number;
  readonly examples: readonly Example[];
}

interface Model {
  readonly users: FactorRows;
  readonly items: FactorRows;
}

/**
 * @param before the folder of the model before; undefined when there is none
 * @returns undefined when one of the models is too large to be read here
 */
export async function compareFactors(
  store: Store,
  now: string,
  before: string | undefined,
): Promise<FactorComparison | undefined> {
  const folders = before === undefined ? [now] : [now, before];
  for (const folder of folders) if ((await sizeOf(store, folder)) > MOST_BYTES) return undefined;
  const model = await readModel(store, now);
  const older = before === undefined ? undefined : await readModel(store, before);
  const sample = [...model.users.ids]
    .map((id, row) => ({ id, row, hash: sketchHash(id) }))
    .sort((a, b) => a.hash - b.hash || a.id - b.id)
    .slice(0, USERS);
  const lists = await bestOf(
    model,
    sample.map(({ row }) => row),
  );
  const rows = new Map(Array.from(older?.users.ids ?? [], (id, row) => [id, row]));
  const common = sample.filter(({ id }) => rows.has(id));
  const listsBefore =
    older === undefined
      ? []
      : await bestOf(
          older,
          common.map(({ id }) => rows.get(id)!),
        );
  const beforeOf = new Map(common.map(({ id }, at) => [id, listsBefore[at]!]));
  const compared = sample.map(({ id }, at) => ({ user: id, now: lists[at]!, before: beforeOf.get(id) }));
  const shares = compared.flatMap(({ now: list, before: was }) => (was === undefined ? [] : [shareOf(list, was)]));
  return {
    overlap: shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    users: shares.length,
    examples: mostChanged(compared).slice(0, EXAMPLES),
  };
}

/** Sorts users by how much of their list is new, and equal ones by the hash of their id. Users without a list before come last. */
const mostChanged = (compared: readonly Example[]): Example[] => {
  const kept = ({ now, before }: Example): number => (before === undefined ? 1 : shareOf(now, before));
  return compared.toSorted((a, b) => kept(a) - kept(b));
};

/** Returns the share of the items of `list` that are in `before`. */
const shareOf = (list: readonly number[], before: readonly number[]): number =>
  list.length === 0 ? 0 : list.filter((item) => before.includes(item)).length / list.length;

const FILES = { users: 'userFeatures.txt', items: 'productFeatures.txt' };

async function sizeOf(store: Store, folder: string): Promise<number> {
  const found = await Promise.all(Object.values(FILES).map((name) => store.head(folder + name)));
  return found.reduce((sum, file) => sum + (file?.size ?? 0), 0);
}

async function readModel(store: Store, folder: string): Promise<Model> {
  const users = parseFactors((await store.get(folder + FILES.users)).bytes);
  return { users, items: inOrderOfIds(parseFactors((await store.get(folder + FILES.items)).bytes)) };
}

function inOrderOfIds({ ids, factors, rank }: FactorRows): FactorRows {
  const order = [...ids.keys()].sort((a, b) => ids[a]! - ids[b]!);
  const sorted = new Float32Array(factors.length);
  order.forEach((row, at) => {
    sorted.set(factors.subarray(row * rank, (row + 1) * rank), at * rank);
  });
  return { ids: Float64Array.from(order, (row) => ids[row]!), factors: sorted, rank };
}

/** Returns the best items of the users in these rows. */
async function bestOf({ users, items }: Model, rows: readonly number[]): Promise<number[][]> {
  const { rank } = items;
  const factors = new Float32Array(rows.length * rank);
  rows.forEach((row, at) => {
    factors.set(users.factors.subarray(row * rank, (row + 1) * rank), at * rank);
  });
  const nothing = { starts: new Uint32Array(rows.length + 1), items: new Uint32Array(0) };
  const best = await BestItems.of(items.ids, items.factors, rank);
  const lists = best.best(factors, nothing, LIST);
  return rows.map((_, user) =>
    Array.from(lists.items.subarray(user * LIST, user * LIST + lists.counts[user]!), (item) => items.ids[item]!),
  );
}
