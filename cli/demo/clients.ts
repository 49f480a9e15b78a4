/** The demonstration's clients: their real logs, and the settings that an operator would put into ZooKeeper. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobNamed } from '../../functions/index.ts';
import { configNode } from '../../shared/activation/nodes.ts';
import { openConfigRoot } from '../../shared/config/open-config-root.ts';
import type { JsonValue } from '../../shared/json.ts';
import { CONFIG, DATA, MODELS } from './places.ts';

export interface DemoClient {
  readonly name: string;
  /** The data set in words. */
  readonly title: string;
  readonly words: Words;
  /** Job → its settings, without the roots and the last day. */
  readonly jobs: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
}

/** The words in which results speak of a client. */
export interface Words {
  /** One user, and several. */
  readonly user: string;
  readonly users: string;
  readonly items: string;
  /** The action that counts, in the present and in the past. */
  readonly take: string;
  readonly took: string;
}

/** Settings of matrix factorization that both clients share. `offline tune` compares settings on data of your own. */
export const FACTORS = { rank: 64, alpha: 10, lambda: 1 } as const;

/** Settings of word2vec for small data: see *Small data* in functions/word2vec/README.md. */
const VECTORS = { minWordCount: 20, learningRate: 0.1, iterations: 5 } as const;

/** A shop with 404,909 purchases and returns. Its models read the last quarter. */
export const SHOP: DemoClient = {
  name: 'onlineretail',
  title: 'Online Retail, a shop for gifts (UCI, 2010-12-01 to 2011-12-09)',
  words: { user: 'customer', users: 'customers', items: 'products', take: 'buy', took: 'bought' },
  jobs: {
    'matrix-factorization': { days: 90, ...FACTORS, activate: true },
    recommendations: {},
    'similar-items': { days: 90, dimsumThreshold: 0, minUsersPerItem: 10 },
    sessionitems: { days: 90, maxIntraSessionGapSecs: 3600 },
    word2vec: { ...VECTORS, activate: true },
    'cluster-by-dimension': { days: 90, minClusterSize: 50, activate: true },
    tagaffinity: { days: 90, tagAttr: 'tags', activate: true },
    basketanalysis: { days: 90, maxIntraSessionGapSecs: 3600 },
    fpgrowth: { minSupport: 0.01, activate: true },
  },
};

/** A site with 100,000 ratings of films in half a year: type 1 liked the film, type 3 did not. */
export const FILMS: DemoClient = {
  name: 'movietweetings',
  title: 'MovieTweetings, ratings of films on Twitter (2013-02-28 to 2013-09-01)',
  words: { user: 'viewer', users: 'viewers', items: 'films', take: 'like', took: 'liked' },
  jobs: {
    'matrix-factorization': { days: 186, ...FACTORS, activate: true },
    recommendations: {},
    'similar-items': { days: 186, dimsumThreshold: 0, itemType: 1, minUsersPerItem: 20 },
    sessionitems: { days: 186, allowedTypes: '1' },
    word2vec: { ...VECTORS, activate: true },
    'cluster-by-dimension': { days: 186, minClusterSize: 50, activate: true },
    tagaffinity: { days: 186, tagAttr: 'tags', activate: true },
    basketanalysis: { days: 186 },
    fpgrowth: { minSupport: 0.01, activate: true },
  },
};

export const logPattern = ({ name }: DemoClient): string => join(DATA, name, 'logs/actions.%y/%m%d/*/*');
export const catalogue = ({ name }: DemoClient): string => join(DATA, name, 'items.ndjson.gz');

const MS_PER_DAY = 86_400_000;

/** Returns the numbers of all days with a log folder, ascending. */
export function daysWithLogs({ name }: DemoClient): number[] {
  const logs = join(DATA, name, 'logs');
  const days = readdirSync(logs).flatMap((year) =>
    readdirSync(join(logs, year)).map((monthDay) =>
      Date.UTC(Number(year.slice(-4)), Number(monthDay.slice(0, 2)) - 1, Number(monthDay.slice(2))),
    ),
  );
  return days.map((time) => time / MS_PER_DAY).sort((a, b) => a - b);
}

/** Writes those of the client's nodes that differ from its settings. */
export async function configure(client: DemoClient, lastDay: number): Promise<void> {
  await using root = await openConfigRoot(CONFIG);
  for (const [job, settings] of Object.entries(client.jobs)) {
    const node = configNode(client.name, job);
    const items = 'itemsPath' in jobNamed(job).settings.shape ? { itemsPath: catalogue(client) } : {};
    const wanted = { inputPath: MODELS, outputPath: MODELS, startDay: lastDay, ...items, ...settings };
    const text = JSON.stringify(wanted, null, 2);
    const held = await root.read(node);
    if (held === undefined) await root.create(node, text);
    else if (held.data !== text) await root.set(node, text, held.version);
  }
}
