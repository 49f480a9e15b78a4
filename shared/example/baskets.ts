/** Lines of baskets made by a fixed seed, as the baskets job writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniform } from './actions.ts';

export interface BasketsOptions {
  readonly baskets: number;
  readonly items: number;
  readonly seed?: number;
  /** Added to every id: above 2^31 when ids are to be large. */
  readonly firstId?: number;
}

/** Some items come in threes, the others alone; popular ones more often. */
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
  mkdirSync(join(root, folder), { recursive: true });
  const size = Math.ceil(lines.length / parts);
  for (let part = 0; part < parts; part++) {
    const own = lines.slice(part * size, (part + 1) * size).map((line) => `${line}\n`);
    writeFileSync(join(root, folder, `part-${String(part).padStart(5, '0')}`), own.join(''));
  }
}
