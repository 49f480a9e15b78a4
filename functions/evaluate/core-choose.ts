/** The catalogue of known items, and the choice of test users. */
import { joined } from '../../shared/columns/bytes.ts';
import { ascending, permuted } from '../../shared/columns/counting-sort.ts';
import { userHash } from '../../shared/evaluation/resampling.ts';
import type { Tally } from './core-tally.ts';

/** *I known items.* */
export interface Catalogue {
  /** (I) ids, ascending. */
  readonly items: Float64Array;
  /** (I) indexes of items, the most popular first; of equally popular items the one with the smaller id first. */
  readonly byPopularity: Uint32Array;
  /** (I) the same by recent popularity. */
  readonly byRecency: Uint32Array;
}

/** @param tallies distinct items, in any order */
export function catalogueOf(tallies: readonly Tally[]): Catalogue {
  const ids = joined(tallies.map((tally) => tally.ids));
  const order = ascending(ids);
  return {
    items: permuted(ids, order),
    byPopularity: descending(permuted(joined(tallies.map(({ popularity }) => popularity)), order)),
    byRecency: descending(permuted(joined(tallies.map(({ recent }) => recent)), order)),
  };
}

/** Returns the places of the values, the largest first; of equal values the smaller place first. */
const descending = (values: Float64Array): Uint32Array =>
  Uint32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);

/** Chooses the users with the smallest hashes; of equal hashes the smaller id. */
export class UserChoice {
  readonly #seed: number;
  readonly #most: number;
  #users: { readonly hash: number; readonly user: number }[] = [];

  constructor(seed: number, most: number) {
    this.#seed = seed;
    this.#most = most;
  }

  add(user: number): void {
    this.#users.push({ hash: userHash(this.#seed, user), user });
    // Cutting now and then bounds the memory, whatever the number of users.
    if (this.#users.length >= 2 * this.#most + ROOM) this.#cut();
  }

  /** Returns the chosen users. */
  chosen(): ReadonlySet<number> {
    this.#cut();
    return new Set(this.#users.map(({ user }) => user));
  }

  #cut(): void {
    this.#users.sort((a, b) => a.hash - b.hash || a.user - b.user);
    this.#users = this.#users.slice(0, this.#most);
  }
}

const ROOM = 1024;
