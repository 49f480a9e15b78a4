/** Shows the results of the jobs, from their published files, as a serving system reads them. */
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

interface Partner {
  readonly item: number;
  readonly similarity: number;
}

/** Shows the most similar items of each of `items`, looked up in both directions as the serving query does. */
export async function similarItemsReport(
  location: string,
  items: readonly number[],
  names: Names,
  { took }: Words,
): Promise<string> {
  const partners = new Map<number, Partner[]>(items.map((item) => [item, []]));
  for await (const { item1, item2, sim } of recordsOf<{ item1: number; item2: number; sim: number }>(location)) {
    partners.get(item1)?.push({ item: item2, similarity: sim });
    partners.get(item2)?.push({ item: item1, similarity: sim });
  }
  return partnersTable(`is ${took} by the same people as`, partners, names);
}

/** Shows, for each of `items`, the items whose vectors have the largest cosine with its vector. */
export async function word2vecReport(location: string, items: readonly number[], names: Names): Promise<string> {
  const store = await openStore(location);
  const [, ...lines] = new TextDecoder()
    .decode((await store.get('docvectors.txt')).bytes)
    .trimEnd()
    .split('\n');
  const vectors = new Map<number, Float64Array>();
  for (const line of lines) {
    const [item, ...values] = line.split('|').map(Number);
    const length = Math.hypot(...values);
    vectors.set(
      item as number,
      Float64Array.from(values, (value) => value / length),
    );
  }
  const partners = new Map<number, Partner[]>();
  for (const item of items) {
    const vector = vectors.get(item);
    const others = vector === undefined ? [] : [...vectors].filter(([other]) => other !== item);
    partners.set(
      item,
      others.map(([other, values]) => ({
        item: other,
        similarity: values.reduce((sum, value, at) => sum + value * (vector as Float64Array)[at]!, 0),
      })),
    );
  }
  return partnersTable('has a vector like that of', partners, names);
}

function partnersTable(relation: string, partners: ReadonlyMap<number, Partner[]>, names: Names): string {
  const rows = [...partners].flatMap(([item, of]) =>
    of
      .sort((a, b) => b.similarity - a.similarity || a.item - b.item)
      .slice(0, SHOWN)
      .map((partner, place) => [
        place === 0 ? nameOf(names, item) : '',
        nameOf(names, partner.item),
        partner.similarity.toFixed(2),
      ]),
  );
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
