/** Actions of 120 users on two days, a model that knows three quarters of them, and a list of items that may not be recommended. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EXAMPLE_CLIENT, EXAMPLE_DAY, uniform, writeActions } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { recommendations } from './job.ts';

const USERS = 120;
const ITEMS = 60;
const RANK = 5;
/** Ids above 2^33, as in other examples. */
const FIRST_ID = 2 ** 33;

export const example: JobExample<typeof recommendations> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof recommendations> => {
    for (const day of [EXAMPLE_DAY - 1, EXAMPLE_DAY]) {
      writeActions(folder, EXAMPLE_CLIENT, day, {
        users: USERS,
        items: ITEMS,
        actions: 1_500,
        parts: 7,
        firstId: FIRST_ID,
        seed: day,
      });
    }
    writeModel(join(folder, EXAMPLE_CLIENT, 'matrix-factorization', String(EXAMPLE_DAY)));
    const denyItemsPath = join(folder, 'denied.ndjson');
    writeFileSync(denyItemsPath, `{"itemid":${FIRST_ID + 3}}\n{"itemid":${FIRST_ID + 9},"why":"sold out"}\n`);
    return { inputPath: folder, days: 2, limit: 5, denyItemsPath };
  },
  smallDay: { limit: 5 },
};

/** Writes a model as another system may write it: without a manifest, and one side as gzip alone. */
function writeModel(folder: string): void {
  const random = uniform(5);
  const rows = (count: number): string => {
    const ids = Array.from({ length: count }, (_, row) => FIRST_ID + row).filter((_, row) => row % 4 !== 3);
    const numbers = () => Array.from({ length: RANK }, () => (random() - 0.5).toPrecision(5)).join(',');
    return ids.map((id) => `${id}|${numbers()}\n`).join('');
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'userFeatures.txt'), rows(USERS));
  writeFileSync(join(folder, 'productFeatures.txt.gz'), gzipSync(rows(ITEMS)));
}
