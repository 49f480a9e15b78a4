/** Every job of the registry passes the contract: a new one needs an example here. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { JOBS } from '../../functions/index.ts';
import { uniform, writeActions } from '../helpers/actions.ts';
import { basketLines, writeBaskets } from '../helpers/baskets.ts';
import { writeCatalogue } from '../helpers/catalogue.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { type JobExample, jobContract } from './job.contract.ts';

/** 2011-12-09. */
const DAY = 15_317;

/** Raw logs of eight clients in seven files: ids to repair, ids that nobody knows, bad lines, plain and gzip. */
function writeLogs(folder: string): void {
  const random = uniform(7);
  const below = (limit: number) => Math.floor(limit * random());
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < 7; file++) {
    const lines = Array.from({ length: 300 }, () => {
      const user = below(40);
      const time = new Date(DAY * 86_400_000 + 1000 * below(86_400)).toISOString();
      const action = {
        client: `client${below(8)}`,
        client_userid: user < 36 ? `u${user}` : `unknown${user}`,
        userid: user < 36 && below(3) > 0 ? user + 1 : 0,
        itemid: 2 ** 33 + below(50),
        client_itemid: 'ä',
        rectag: null,
        type: 1 + below(3),
        value: below(100) / 10,
        ...(user < 4 && { extra_data: { user } }),
      };
      return below(40) === 0 ? 'no action' : `${time}\tactions\t${JSON.stringify(action)}`;
    });
    const text = `${lines.join('\n')}\n`;
    writeFileSync(join(folder, `log-${file}${file > 4 ? '.gz' : ''}`), file > 4 ? gzipSync(text) : text);
  }
}

/** Sessions of neighbouring items in seven files, bad lines among them. */
function writeSessions(folder: string): void {
  const random = uniform(3);
  const below = (limit: number) => Math.floor(limit * random());
  const inside = join(folder, 'shop', 'sessionitems', String(DAY));
  mkdirSync(inside, { recursive: true });
  for (let file = 0; file < 7; file++) {
    const lines = Array.from({ length: 120 }, () => {
      const theme = 2 ** 33 + 10 * below(6);
      const items = Array.from({ length: 1 + below(12) }, () => theme + below(10));
      return below(40) === 0 ? `${items.join('  ')},` : items.join(' ');
    });
    const text = `${lines.join('\n')}\n`;
    writeFileSync(join(inside, `part-0000${file}${file > 4 ? '.gz' : ''}`), file > 4 ? gzipSync(text) : text);
  }
}

const EXAMPLES: Readonly<Record<string, JobExample>> = {
  'group-actions': {
    day: DAY,
    prepare: (folder) => {
      writeLogs(join(folder, 'actions.2011', '1209'));
      return { inputPathPattern: join(folder, 'actions.%y', '%m%d', '*') };
    },
  },
  'matrix-factorization': {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      // About 1.2 MiB of text: eight blocks.
      writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 7_000, parts: 7 });
      const actionWeightings = [
        { actionType: 1, valuePerAction: 1, maxSum: 3 },
        { actionType: 2, valuePerAction: -0.5, maxSum: 0 },
      ];
      return { inputPath: folder, rank: 5, iterations: 2, alpha: 2, solver: 'pcg', actionWeightings };
    },
  },
  'similar-items': {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeActions(folder, 'shop', DAY, { users: 120, items: 400, actions: 7_000, parts: 7, firstId: 2 ** 33 });
      return { inputPath: folder, dimsumThreshold: 5, sample: 0.9, minUsersPerItem: 3, limit: 10 };
    },
  },
  sessionitems: {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
      return { inputPath: folder, maxIntraSessionGapSecs: 1800, minActionsPerUser: 20, allowedTypes: '1, 3' };
    },
  },
  basketanalysis: {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
      return { inputPath: folder, maxIntraSessionGapSecs: 1800, minActionsPerUser: 20, removefromBasketType: 3 };
    },
  },
  'cluster-by-dimension': {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
      const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
      return { inputPath: folder, itemsPath, minActionsPerUser: 20, delta: 0.02, minClusterSize: 3 };
    },
  },
  tagaffinity: {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 7_000, parts: 7, firstId: 2 ** 33 });
      const itemsPath = writeCatalogue(folder, { items: 50, firstId: 2 ** 33 });
      return { inputPath: folder, itemsPath, minActionsPerUser: 20, minTagCount: 2, maxAllowedTags: 6 };
    },
  },
  fpgrowth: {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      const lines = basketLines({ baskets: 2_000, items: 60, firstId: 2 ** 33 });
      writeBaskets(folder, `shop/basketanalysis/${DAY}`, lines, 7);
      return { inputPath: folder, minSupport: 0.003, maxItemSetSize: 4, minLift: 1.5 };
    },
  },
  word2vec: {
    client: 'shop',
    day: DAY,
    prepare: (folder) => {
      writeSessions(folder);
      const training = {
        vectorSize: 12,
        minWordCount: 20,
        learningRate: 0.05,
        iterations: 2,
        partitions: 7,
        rounds: 2,
      };
      return { inputPath: folder, ...training };
    },
  },
};

describe.each(JOBS)('job $name', (job) => {
  const example = EXAMPLES[job.name];
  if (example !== undefined) jobContract(job, example, temporaryFolder());
  else test('has an example', () => expect.fail(`${job.name}: add a small example to test/contract/job.test.ts`));
});
