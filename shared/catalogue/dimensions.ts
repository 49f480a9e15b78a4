/**
 * The dimensions of items: small integers, such as the nodes of a taxonomy.
 *
 * In a database an item has the dimensions with its attributes and values: `item_map_enum` joined with `dimension`. For clusters
 * the dimensions in `cluster_dim_exclude` and the attributes in `cluster_attr_exclude` are left out. This module makes the join,
 * so each page needs one pass over one table. A file gives the dimensions of an item as numbers (`dims`), or as attributes and values
 * (`dimensions`), which are then numbered from 1 in the order of attribute and value.
 */
import { ConfigError } from '../errors.ts';
import type { OpenStore } from '../job/run.ts';
import type { Warn } from '../live/documents.ts';
import type { Database, Row } from '../mysql/database.ts';
import { type PagedTable, warnOfOddIds, wholePages } from '../mysql/whole-pages.ts';
import type { CatalogueReader, Snapshots } from './catalogue.ts';
import { FeatureTable } from './feature-table.ts';
import { readItems } from './items-file.ts';
import type { CatalogueSettings } from './settings.ts';
import { catalogueSnapshot } from './snapshot.ts';

/** Larger numbers are left out, as the original did. */
const DIMENSIONS_END = 65_535;
/** The number of the first named dimension. 0 is the serving system's default dimension, which stands for all items. */
const FIRST_NAMED = 1;
/** The separator of attribute and value, which sorts before every other character. */
const SEPARATOR = '\0';

export interface DimensionSettings extends CatalogueSettings {
  readonly activate: boolean;
}

/** Reads the dimensions that clusters are made of: all but the excluded ones. */
export const dimensionsReader: CatalogueReader<DimensionSettings> = {
  fromDatabase: async (database, _settings, _openStore, warn) =>
    readFromDatabase(database, await readExclusions(database), warn),
  fromFile: readFromFile,
};

/** Reads all dimensions. The tables of exclusions need not exist. */
export const allDimensionsReader: CatalogueReader<DimensionSettings> = {
  fromDatabase: (database, _settings, _openStore, warn) => readFromDatabase(database, NO_EXCLUSIONS, warn),
  fromFile: readFromFile,
};

async function readFromDatabase(database: Database, exclusions: Exclusions, warn: Warn): Promise<Snapshots> {
  const dimensions = await readDimensionTable(database, exclusions);
  const items: PagedTable = { table: 'item_map_enum', id: 'item_id', columns: ['attr_id', 'value_id'] };
  const table = new FeatureTable<number>();
  for await (const page of wholePages(database, items)) {
    for (const [item, attribute, value] of page) {
      for (const dimension of dimensions.get(pairKey(attribute, value)) ?? []) table.add(item as number, dimension);
    }
  }
  await warnOfOddIds(database, items, warn);
  return catalogueSnapshot(table.finish(), {});
}

async function readFromFile(settings: DimensionSettings, openStore: OpenStore, warn: Warn): Promise<Snapshots> {
  const numbered = new FeatureTable<number>();
  const named = new FeatureTable<string>();
  let large = 0;
  const rejects = await readItems(settings, openStore, warn, ({ item, dims, dimensions }) => {
    for (const dimension of dims) {
      if (dimension < DIMENSIONS_END) numbered.add(item, dimension);
      else large++;
    }
    for (const [attribute, value] of dimensions) named.add(item, attribute + SEPARATOR + value);
  });
  if (large > 0) warn(`${large} dims of the catalogue are ${DIMENSIONS_END} or more: left out`);
  if (named.length === 0) return catalogueSnapshot(numbered.finish(), { rejects });
  if (numbered.length + large > 0) {
    throw new ConfigError(
      'the catalogue holds both dims and dimensions, whose numbers would mean two things: use one of them',
    );
  }
  const features = named.finish();
  const labels = features.labels.map((_, place) => FIRST_NAMED + place);
  if (settings.activate) warn(NAMED_ACTIVATED);
  return catalogueSnapshot({ ...features, labels }, { rejects, dimensions: numbersText(features.labels) });
}

const NAMED_ACTIVATED =
  'the catalogue names its dimensions, and their numbers were given here (_dimensions.json lists them): the serving ' +
  'system looks dimensions up in its own table "dimension", where these numbers may stand for others. Give the numbers ' +
  'of that table as dims, or read the catalogue from the database (jdbc)';

const pairKey = (attribute: unknown, value: unknown): string => `${attribute} ${value}`;

interface Exclusions {
  readonly dimensions: ReadonlySet<number>;
  readonly attributes: ReadonlySet<number>;
}

const NO_EXCLUSIONS: Exclusions = { dimensions: new Set(), attributes: new Set() };

const readExclusions = async (database: Database): Promise<Exclusions> => ({
  dimensions: new Set(await readIds(database, 'cluster_dim_exclude', 'dim_id')),
  attributes: new Set(await readIds(database, 'cluster_attr_exclude', 'attr_id')),
});

/** Returns for each pair of attribute and value the dimensions that stand for it. */
async function readDimensionTable(database: Database, exclusions: Exclusions): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const table = { table: 'dimension', id: 'dim_id', columns: ['attr_id', 'value_id'] };
  for await (const page of wholePages(database, table)) {
    for (const [dimension, attribute, value] of page as readonly (readonly [number, ...Row])[]) {
      if (attribute === null || value === null || exclusions.dimensions.has(dimension) || dimension >= DIMENSIONS_END)
        continue;
      if (exclusions.attributes.has(Number(attribute))) continue;
      const key = pairKey(attribute, value);
      found.set(key, [...(found.get(key) ?? []), dimension]);
    }
  }
  return found;
}

async function readIds(database: Database, table: string, id: string): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of wholePages(database, { table, id, columns: [] })) {
    for (const [value] of page) ids.push(value as number);
  }
  return ids;
}

/** Returns the text of `_dimensions.json`, in the order of the numbers: `{"category":{"Action":1,"Drama":2},"decade":{…}}`. */
function numbersText(labels: readonly string[]): string {
  let text = '';
  let last: string | undefined;
  for (const [place, label] of labels.entries()) {
    const at = label.indexOf(SEPARATOR);
    const attribute = label.slice(0, at);
    const value = `${JSON.stringify(label.slice(at + 1))}:${FIRST_NAMED + place}`;
    if (attribute === last) text += `,${value}`;
    else text += `${last === undefined ? '' : '},'}${JSON.stringify(attribute)}:{${value}`;
    last = attribute;
  }
  return `{${text}}}\n`;
}
