/** A catalogue of items for the setting `itemsPath`, made from a fixed seed. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../defined.ts';
import type { JsonValue } from '../json.ts';
import { uniform } from './actions.ts';

export interface CatalogueOptions {
  readonly items: number;
  readonly seed?: number;
  /** The id of the first item. */
  readonly firstId?: number;
}

const WORDS = ['Red', 'green', 'BLUE', 'old', 'New', 'große', 'small', 'čaj', 'a "b"', 'z'];
const COLOURS = ['red', 'green', 'blue', 'black', 'white'];

/** Returns one JSON object for each item: one or two colours, a size and up to three tags. Some items have no dimensions. */
export function catalogueLines({ items, seed = 3, firstId = 1 }: CatalogueOptions): string[] {
  const random = uniform(seed);
  const below = (limit: number) => Math.floor(limit * random());
  return Array.from({ length: items }, (_, item) => {
    const colours = Array.from({ length: 1 + below(2) }, () => COLOURS[below(COLOURS.length)]!);
    const dimensions = defined<Record<string, JsonValue>>({
      colour: colours,
      size: below(3),
      rare: below(4) === 0 ? true : undefined,
    });
    const tags = Array.from({ length: below(4) }, () => WORDS[below(WORDS.length)]!);
    return JSON.stringify(
      defined<Record<string, JsonValue>>({
        itemid: firstId + item,
        dimensions: below(10) > 0 ? dimensions : undefined,
        tags,
      }),
    );
  });
}

/** Writes `items.ndjson` into the folder and returns its path. */
export function writeCatalogue(folder: string, options: CatalogueOptions): string {
  const path = join(folder, 'items.ndjson');
  writeFileSync(
    path,
    catalogueLines(options)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return path;
}
