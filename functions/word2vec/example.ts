/** Sessions of neighbouring items in seven files, bad lines among them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EXAMPLE_CLIENT, EXAMPLE_DAY, uniform } from '../../shared/example/actions.ts';
import type { ExampleSettings, JobExample } from '../../shared/job/example.ts';
import type { word2vec } from './job.ts';

export const example: JobExample<typeof word2vec> = {
  day: EXAMPLE_DAY,
  client: EXAMPLE_CLIENT,
  prepare: (folder): ExampleSettings<typeof word2vec> => {
    writeSessions(join(folder, EXAMPLE_CLIENT, 'sessionitems', String(EXAMPLE_DAY)));
    return {
      inputPath: folder,
      vectorSize: 12,
      minWordCount: 20,
      learningRate: 0.05,
      iterations: 2,
      partitions: 7,
      rounds: 2,
    };
  },
  smallDay: { vectorSize: 8, minWordCount: 2, iterations: 2 },
};

function writeSessions(folder: string): void {
  const random = uniform(3);
  const below = (limit: number) => Math.floor(limit * random());
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 7; file++) {
    const lines = Array.from({ length: 120 }, () => {
      const theme = 2 ** 33 + 10 * below(6);
      const items = Array.from({ length: 1 + below(12) }, () => theme + below(10));
      return below(40) === 0 ? `${items.join('  ')},` : items.join(' ');
    });
    const text = `${lines.join('\n')}\n`;
    writeFileSync(join(folder, `part-0000${file}${file > 4 ? '.gz' : ''}`), file > 4 ? gzipSync(text) : text);
  }
}
