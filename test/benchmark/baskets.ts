/**
 * Baskets after the generator of Agrawal and Srikant (*Fast Algorithms for Mining Association Rules*, 1994). A pattern is a
 * set of items that are bought together; a basket takes some patterns, and leaves some items of each out. Unlike in the
 * paper, half of the draws of a basket are single items, and the popularity of items falls by a power law.
 */
import { writeFileSync } from 'node:fs';
import { madeOnce } from './made-once.ts';
import { bytesIn } from './matrix.ts';
import { runNode } from './measure.ts';
import { drawer, normal, permutation, uniform } from './random.ts';

/** B baskets in compressed sparse form. A basket has an item at most once. */
export interface Baskets {
  /** (B + 1) the first index of each basket in `items`, and the end. */
  readonly ptr: Uint32Array;
  /** The items, numbered from 0. */
  readonly items: Uint32Array;
}

export const BASKET_ITEMS = 10_000;
const PATTERNS = 2_000;
/** The mean sizes of a pattern and of a basket, by a Poisson draw. The last pattern of a basket may make it larger. */
const PATTERN_SIZE = 4;
const BASKET_SIZE = 10;
/** The popularity of the item at rank r is 1 / (r + 21). */
const POPULARITY_OFFSET = 21;
/** Raise it when the generator changes, so that the data are generated again. */
const VERSION = 1;

export function generateBaskets(count: number, seed: number): Baskets {
  const random = uniform(seed);
  const itemAt = permutation(BASKET_ITEMS, random);
  const drawPlace = drawer(
    Float64Array.from({ length: BASKET_ITEMS }, (_, place) => 1 / (place + POPULARITY_OFFSET)),
    random,
  );
  const drawItem = () => itemAt[drawPlace()]!;
  const poisson = (mean: number): number => {
    const limit = Math.exp(-mean);
    let drawn = 0;
    for (let product = random(); product > limit; product *= random()) drawn++;
    return drawn;
  };
  const patterns = Array.from({ length: PATTERNS }, () => {
    const items = new Set<number>();
    const size = 1 + poisson(PATTERN_SIZE - 1);
    while (items.size < size) items.add(drawItem());
    const leftOut = Math.min(1, Math.max(0, 0.35 + 0.2 * normal(random)));
    return { items: [...items], leftOut, weight: -Math.log(1 - random()) };
  });
  const drawPattern = drawer(
    Float64Array.from(patterns, ({ weight }) => weight),
    random,
  );
  const ptr = new Uint32Array(count + 1);
  const items: number[] = [];
  for (let basket = 0; basket < count; basket++) {
    const taken = new Set<number>();
    const size = 1 + poisson(BASKET_SIZE - 1);
    while (taken.size < size) {
      if (random() < 0.5) {
        taken.add(drawItem());
        continue;
      }
      const pattern = patterns[drawPattern()] as (typeof patterns)[number];
      for (const item of pattern.items) if (random() >= pattern.leftOut) taken.add(item);
    }
    for (const item of taken) items.push(item);
    ptr[basket + 1] = items.length;
  }
  return { ptr, items: Uint32Array.from(items) };
}

/** Writes the files `<path>.ptr` and `<path>.items`, which are plain little-endian numbers. */
export function writeBaskets(path: string, { ptr, items }: Baskets): void {
  writeFileSync(`${path}.ptr`, ptr);
  writeFileSync(`${path}.items`, items);
}

export const readBaskets = (path: string): Baskets => ({
  ptr: new Uint32Array(bytesIn(`${path}.ptr`)),
  items: new Uint32Array(bytesIn(`${path}.items`)),
});

/** Returns the path of a file of so many baskets, which is generated when it does not exist. */
export async function generatedBaskets(count: number): Promise<string> {
  const folder = await madeOnce(`baskets-${count}-${VERSION}`, (draft) =>
    runNode('generate-baskets', { path: `${draft}/baskets`, count }),
  );
  return `${folder}/baskets`;
}
