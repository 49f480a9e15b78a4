/** Shows the results of the jobs, from their published files, as a serving system reads them. */
import type { FoundModel } from '../../shared/answers/find-model.ts';
import { listFolder } from '../../shared/job/inputs.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { table } from '../table.ts';
import type { Words } from './clients.ts';

export type Names = ReadonlyMap<number, string>;

const SHOWN = 3;

const nameOf = (names: Names, item: number): string => names.get(item) ?? `item ${item}`;

/** Yields the lines of all parts of a published folder, in order. */
async function* linesOf(location: string): AsyncGenerator<string> {
  const store = await openStore(location);
  for (const { key } of await listFolder(store, '')) {
    for (const line of new TextDecoder().decode((await store.get(key)).bytes).split('\n')) if (line !== '') yield line;
  }
}

async function* recordsOf<T>(location: string): AsyncGenerator<T> {
  for await (const line of linesOf(location)) yield JSON.parse(line) as T;
}

/** Shows, for each of `items`, the items that a job's published model finds most like it. */
export async function neighboursReport(
  { model, job: { neighbours } }: FoundModel,
  items: readonly number[],
  relation: string,
  names: Names,
): Promise<string> {
  const rows: string[][] = [];
  for (const item of items) {
    const ranking = await neighbours!.similar(model, item, SHOWN);
    if (!ranking.isKnown) continue;
    for (const [place, { key, score }] of ranking.best.entries()) {
      rows.push([place === 0 ? nameOf(names, item) : '', nameOf(names, key), score.toFixed(2)]);
    }
  }
  return table([['item', relation, 'cosine'], ...rows], [2], { indent: 2 });
}

interface Rule {
  readonly itemset: readonly number[];
  readonly item: number;
  readonly confidence: number;
  readonly lift: number;
}

/** Shows the first rules. The file has the strongest rules first. */
export async function rulesReport(location: string, names: Names, { take }: Words): Promise<string> {
  const rows: string[][] = [];
  for await (const { itemset, item, confidence, lift } of recordsOf<Rule>(location)) {
    const taken = itemset.map((one) => nameOf(names, one)).join(' and ');
    rows.push([`${(100 * confidence).toFixed(0)} %`, taken, nameOf(names, item), `${lift.toFixed(0)} ×`]);
    if (rows.length === SHOWN) break;
  }
  if (rows.length === 0) return '  none: no rule is strong enough';
  return table([['of those who', take, `also ${take}`, 'more than others do'], ...rows], [0, 3], { indent: 2 });
}

/** Returns dimension number → `attribute value`, when the job has numbered attributes of the catalogue. */
async function readDimensionNames(location: string): Promise<Names> {
  const store = await openStore(location);
  if ((await store.head('_dimensions.json')) === undefined) return new Map();
  const { bytes } = await store.get('_dimensions.json');
  const attributes = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, Record<string, number>>;
  return new Map(
    Object.entries(attributes).flatMap(([attribute, values]) =>
      Object.entries(values).map(([value, dimension]) => [dimension, `${attribute} ${value}`] as const),
    ),
  );
}

/** Shows the dimensions with the most users. */
export async function clustersReport(location: string, { users: called }: Words): Promise<string> {
  const dimensionNames = await readDimensionNames(location);
  const sizes = new Map<number, { users: number; weight: number }>();
  for await (const { dim, weight } of recordsOf<{ dim: number; weight: number }>(location)) {
    const size = sizes.get(dim) ?? { users: 0, weight: 0 };
    sizes.set(dim, { users: size.users + 1, weight: size.weight + weight });
  }
  if (sizes.size === 0) return '  none: no cluster is large enough';
  const rows = [...sizes]
    .sort(([a, { users: ofA }], [b, { users: ofB }]) => ofB - ofA || a - b)
    .slice(0, SHOWN)
    .map(([dim, { users, weight }]) => [
      dimensionNames.get(dim) ?? `dimension ${dim}`,
      users.toLocaleString('en-US'),
      `${((100 * weight) / users).toFixed(0)} %`,
    ]);
  return table([['largest clusters', called, 'mean share of their actions'], ...rows], [1, 2], { indent: 2 });
}

/** Shows the tags of the users with the most tags. */
export async function tagsReport(location: string, { user: called }: Words): Promise<string> {
  const tags = new Map<number, string[]>();
  for await (const { user, tag, weight } of recordsOf<{ user: number; tag: string; weight: number }>(location)) {
    tags.set(user, [...(tags.get(user) ?? []), `${tag} (+${(100 * weight).toFixed(0)} %)`]);
  }
  if (tags.size === 0) return '  none: nobody’s taste stands out';
  const rows = [...tags]
    .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || a - b)
    .slice(0, SHOWN)
    .map(([user, of]) => [`${called} ${user}`, of.join(', ')]);
  return table([['who', 'meets these tags more often than others do'], ...rows], [], { indent: 2 });
}
