/**
 * Reads the values of a text attribute of a database's items.
 *
 * The table `item_attr` has an attribute's kind, which decides the table of its values, and the type of the items to which it
 * belongs. An attribute counts for items of this type only, so the pages of its table are read together with those of `items`.
 */
import { defined } from '../defined.ts';
import { ConfigError } from '../errors.ts';
import type { Cell, Database, Row } from '../mysql/database.ts';
import { type PagedTable, wholePages } from '../mysql/whole-pages.ts';

/** A table with values of the attribute, and the type of items for each of its attributes. */
export interface TextTable extends PagedTable {
  /** `attr_id` → `item_type`. */
  readonly itemTypes: ReadonlyMap<number, number>;
  /** True when the table holds ids of values in place of texts. */
  readonly isEnum: boolean;
}

export const ITEMS: PagedTable = { table: 'items', id: 'item_id', columns: ['type'] };

interface Kind {
  readonly table: string;
  readonly value: string;
  readonly isEnum: boolean;
  readonly pageRows?: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  ENUM: { table: 'item_map_enum', value: 'value_id', isEnum: true },
  VARCHAR: { table: 'item_map_varchar', value: 'value', isEnum: false },
  // A text may be 64 KB long, so pages have fewer rows.
  TEXT: { table: 'item_map_text', value: 'value', isEnum: false, pageRows: 20_000 },
};

/** Finds the tables with the values of an attribute. @throws ConfigError for an unknown attribute, or one that is no text */
export async function textTablesOf(database: Database, name: string): Promise<readonly TextTable[]> {
  const sql = 'SELECT attr_id, type, item_type FROM item_attr WHERE name = ?';
  const attributes = await database.rows('reading item_attr', sql, [name]);
  if (attributes.length === 0) {
    throw new ConfigError(`tagAttr ${JSON.stringify(name)} is no attribute in the table item_attr: correct its name`);
  }
  const itemTypes = new Map<string, Map<number, number>>();
  for (const [attribute, kind, itemType] of attributes) {
    const spelled = String(kind).trim().toUpperCase();
    if (!Object.hasOwn(KINDS, spelled)) {
      throw new ConfigError(
        `tagAttr ${JSON.stringify(name)} is of kind ${spelled} for items of type ${itemType}: tags are text, ` +
          `of an attribute of kind ${Object.keys(KINDS).join(', ')}`,
      );
    }
    const known = itemTypes.get(spelled) ?? new Map<number, number>();
    itemTypes.set(spelled, known.set(Number(attribute), Number(itemType)));
  }
  return [...itemTypes].map(([kind, types]) => {
    const { value, ...table } = KINDS[kind]!;
    const only = { column: 'attr_id', values: [...types.keys()] };
    return { ...table, id: 'item_id', columns: ['attr_id', value], only, itemTypes: types };
  });
}

/** Calls `onText` for every value of items of the attribute's type, items ascending. @throws as `wholePages` */
export async function readAttributeTexts(
  database: Database,
  table: TextTable,
  onText: (item: number, text: string) => void,
): Promise<void> {
  const names = table.isEnum ? await readValueNames(database, table) : undefined;
  const items = new ItemTypes(database);
  for await (const page of wholePages(database, table)) {
    for (const [item, attribute, value] of page as readonly (readonly [number, ...Row])[]) {
      while (!items.covers(item)) await items.nextPage();
      if (!items.has(item, table.itemTypes.get(Number(attribute)))) continue;
      const text = names === undefined ? value : names.get(`${attribute} ${value}`);
      if (text !== undefined && text !== null) onText(item, String(text));
    }
  }
}

/** Returns the name of each value, by attribute and value. */
async function readValueNames(database: Database, { only }: TextTable): Promise<Map<string, Cell>> {
  const names = new Map<string, Cell>();
  const table: PagedTable = defined({
    table: 'item_attr_enum',
    id: 'value_id',
    columns: ['attr_id', 'value_name'],
    only,
  });
  for await (const page of wholePages(database, table)) {
    for (const [value, attribute, name] of page) names.set(`${attribute} ${value}`, name as Cell);
  }
  return names;
}

/** Looks up the types of items in ascending order, with one page of `items` in memory. */
class ItemTypes {
  readonly #pages: AsyncGenerator<readonly Row[]>;
  #types = new Map<number, number[]>();
  #last = -1;

  constructor(database: Database) {
    this.#pages = wholePages(database, ITEMS);
  }

  /** True when no later page can hold the item. */
  covers(item: number): boolean {
    return item <= this.#last;
  }

  has(item: number, type: number | undefined): boolean {
    return type !== undefined && (this.#types.get(item)?.includes(type) ?? false);
  }

  async nextPage(): Promise<void> {
    const { done, value } = await this.#pages.next();
    this.#types = new Map();
    this.#last = done === true ? Number.POSITIVE_INFINITY : Number(value.at(-1)![0]);
    if (done === true) return;
    for (const [item, type] of value as readonly (readonly [number, Cell])[]) {
      if (type !== null) this.#types.set(item, [...(this.#types.get(item) ?? []), Number(type)]);
    }
  }
}
