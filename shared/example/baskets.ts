/** Lines of baskets in the format of the job `basketanalysis`, made from a fixed seed. */
import { join } from 'node:path';
import { uniform, writeParts } from './actions.ts';

export interface BasketsOptions {
  readonly baskets: number;
  readonly items: number;
  readonly seed?: number;
  /** The smallest id. Tests of large ids give one above 2^31. */
  readonly firstId?: number;
}

/** Returns one line for each basket. Some items are bought in threes; items with small ids occur more often. */
export function basketLines({ baskets, items, seed = 1, firstId = 1 }: BasketsOptions): string[] {
  const random = uniform(seed);
  const popular = () => Math.floor(items * random() ** 2);
  return Array.from({ length: baskets }, () => {
    const basket = new Set<number>();
    for (let draw = 1 + Math.floor(5 * random()); draw > 0; draw--) {
      const item = popular();
      basket.add(firstId + item);
      if (item % 3 !== 0 || random() < 0.3) continue;
      if (random() < 0.8) basket.add(firstId + item + 1);
      if (random() < 0.8) basket.add(firstId + item + 2);
    }
    return [...basket].sort((a, b) => a - b).join(' ');
  });
}

/** Writes `<root>/<folder>/part-NNNNN`. @param folder `<client>/<job folder>/<day>` */
export function writeBaskets(root: string, folder: string, lines: readonly string[], parts: number): void {
  writeParts(join(root, folder), lines, parts);
}
