/**
 * The tags of items: texts in lower case without outer blanks. An item has each tag once.
 *
 * In a database they are the comma-separated text of one attribute of the item's type, which is found by its name. Several rows
 * of an item count together. In a file they are the item's `tags`.
 */

import { ConfigError } from '../errors.ts';
import type { OpenStore } from '../job/run.ts';
import { readLines } from '../lines/read-lines.ts';
import type { Warn } from '../live/documents.ts';
import { warnOfOddIds } from '../mysql/whole-pages.ts';
import type { CatalogueReader } from './catalogue.ts';
import { FeatureTable, type ItemFeatures } from './feature-table.ts';
import { filesAt } from './files-at.ts';
import { ITEMS, readAttributeTexts, textTablesOf } from './item-attribute.ts';
import { readItems } from './items-file.ts';
import type { CatalogueSettings } from './settings.ts';
import { catalogueSnapshot } from './snapshot.ts';

export interface TagSettings extends CatalogueSettings {
  /** The name of the attribute in a database. */
  readonly tagAttr?: string | undefined;
  /** A file of the tags that are written, one a line. When it is empty, all tags are written. */
  readonly tagFilterPath: string;
}

export const tagsReader: CatalogueReader<TagSettings> = {
  async fromDatabase(database, settings, openStore, warn) {
    const table = new FeatureTable<string>();
    const tables = await textTablesOf(database, settings.tagAttr as string);
    for (const texts of tables) {
      await readAttributeTexts(database, texts, (item, text) => addTags(table, item, text));
      await warnOfOddIds(database, texts, warn);
    }
    await warnOfOddIds(database, ITEMS, warn);
    return catalogueSnapshot(...(await withFilter(table.finish(), settings, openStore, warn)));
  },

  async fromFile(settings, openStore, warn) {
    const table = new FeatureTable<string>();
    const rejects = await readItems(settings, openStore, warn, ({ item, tags }) => {
      for (const text of tags) addTags(table, item, text);
    });
    const [features, extras] = await withFilter(table.finish(), settings, openStore, warn);
    return catalogueSnapshot(features, { ...extras, rejects });
  },
};

const normalized = (tag: string): string => tag.toLowerCase().trim();

function addTags(table: FeatureTable<string>, item: number, text: string): void {
  for (const part of text.split(',')) {
    const tag = normalized(part);
    if (tag !== '') table.add(item, tag);
  }
}

async function withFilter(
  features: ItemFeatures<string>,
  { tagFilterPath }: TagSettings,
  openStore: OpenStore,
  warn: Warn,
): Promise<[ItemFeatures<string>, { written?: Uint8Array }]> {
  if (tagFilterPath === '') return [features, {}];
  const wanted = await readTagFilter(tagFilterPath, openStore);
  if (!features.labels.some((tag) => wanted.has(tag))) {
    warn(
      `tagFilterPath: none of the ${wanted.size} tags in ${tagFilterPath} is a tag of the catalogue, so nothing will be ` +
        'written. Check that the file holds one tag a line, spelled as in the catalogue',
    );
  }
  return [features, { written: Uint8Array.from(features.labels, (tag) => Number(wanted.has(tag))) }];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the tags of the filter. @throws ConfigError when the file is not UTF-8, because its tags would silently match none */
async function readTagFilter(path: string, openStore: OpenStore): Promise<Set<string>> {
  const { store, objects } = await filesAt('tagFilterPath', path, openStore);
  const wanted = new Set<string>();
  for (const source of objects) {
    await readLines(store, source, {
      line(buffer, start, end, { offset }) {
        const tag = decodedTag(buffer.subarray(start, end));
        if (tag === undefined) {
          throw new ConfigError(
            `tagFilterPath: the line at byte ${offset} of ${source.key} is not UTF-8: save the file as UTF-8`,
          );
        }
        if (tag !== '') wanted.add(tag);
      },
      tooLong(_buffer, _start, _end, { offset }) {
        throw new ConfigError(
          `tagFilterPath: the line at byte ${offset} of ${source.key} is longer than 1 MiB: a tag must be shorter`,
        );
      },
    });
  }
  return wanted;
}

/** Returns the tag in a line of the filter; undefined when the line is not UTF-8. */
function decodedTag(line: Uint8Array): string | undefined {
  try {
    return normalized(utf8.decode(line));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
