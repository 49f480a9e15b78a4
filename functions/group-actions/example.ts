/**
 * Raw logs of eight clients in seven files, plain and gzip. Some user ids can be repaired, some cannot, and some lines are bad.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defined } from '../../shared/defined.ts';
import { EXAMPLE_DAY, uniform } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { groupActions } from './job.ts';

export const example: JobExample<typeof groupActions> = {
  day: EXAMPLE_DAY,
  prepare: (folder): ExampleSettings<typeof groupActions> => {
    writeLogs(join(folder, 'actions.2011', '1209'));
    return { inputPathPattern: join(folder, 'actions.%y', '%m%d', '*') };
  },
};

function writeLogs(folder: string): void {
  const random = uniform(7);
  const below = (limit: number) => Math.floor(limit * random());
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 7; file++) {
    const lines = Array.from({ length: 300 }, () => {
      const user = below(40);
      const time = new Date(EXAMPLE_DAY * 86_400_000 + 1000 * below(86_400)).toISOString();
      const action = defined<Record<string, JsonValue>>({
        client: `client${below(8)}`,
        client_userid: user < 36 ? `u${user}` : `unknown${user}`,
        userid: user < 36 && below(3) > 0 ? user + 1 : 0,
        itemid: 2 ** 33 + below(50),
        client_itemid: 'ä',
        rectag: null,
        type: 1 + below(3),
        value: below(100) / 10,
        extra_data: user < 4 ? { user } : undefined,
      });
      return below(40) === 0 ? 'no action' : `${time}\tactions\t${JSON.stringify(action)}`;
    });
    const text = `${lines.join('\n')}\n`;
    writeFileSync(join(folder, `log-${file}${file > 4 ? '.gz' : ''}`), file > 4 ? gzipSync(text) : text);
  }
}
