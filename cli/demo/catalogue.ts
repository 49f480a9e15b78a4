/** Product names, from the catalogue of the demonstration. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Item id → name. */
export function readNames(file: string): Map<number, string> {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { itemid: number; name: string })
      .map(({ itemid, name }) => [itemid, name]),
  );
}
