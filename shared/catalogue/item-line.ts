/**
 * Parses a line of a catalogue file, which is a JSON object with one item:
 *
 *   {"itemid":3,"dims":[4,17],"tags":["Comedy","Romance"]}
 *   {"itemid":3,"dimensions":{"category":"Comedy","decade":"2010s"},"tags":"Comedy, Romance"}
 *   {"client_itemid":"SKU-3","tags":"Comedy"}
 *
 * Only `itemid` is required. A client whose ids are assigned (`group-actions --ids assign`) may write its own id as
 * `client_itemid` in its place. A field with null counts as missing, and other fields are ignored.
 */
import { isRecord } from '../json.ts';
import { REASONS } from '../model/action.ts';
import { assignedId } from '../model/assigned-id.ts';

export interface CatalogueItem {
  readonly item: number;
  /** The numbers of the item's dimensions. */
  readonly dims: readonly number[];
  /** The item's dimensions as attribute and value. */
  readonly dimensions: readonly (readonly [attribute: string, value: string])[];
  /** Texts of tags, as they are written. Each text may hold several tags, separated by commas. */
  readonly tags: readonly string[];
}

/** The reasons for which a line is rejected. */
const ITEM_REASONS = {
  idMissing: 'itemid: missing',
  idInvalid: 'itemid: not an integer from 0 to 2^53 - 1; a client’s own text is written as client_itemid',
  ownIdInvalid: 'client_itemid: not a text, or one with half a character',
  dims: 'dims: not a list of integers from 0 on',
  dimensions: 'dimensions: not an object of texts, numbers or booleans, or of lists of them',
  tags: 'tags: not a list of texts, nor one text',
} as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns the item in a line, or the reason for rejecting the line. */
export function parseItemLine(line: Uint8Array): CatalogueItem | string {
  const parsed = parseJson(line);
  if ('reason' in parsed) return parsed.reason;
  const { dims, dimensions, tags } = parsed.record;
  const item = itemOf(parsed.record);
  if (typeof item === 'string') return item;
  const numbers = dims ?? [];
  if (!Array.isArray(numbers) || !numbers.every(isId)) return ITEM_REASONS.dims;
  const named = namedDimensions(dimensions ?? {});
  if (named === undefined) return ITEM_REASONS.dimensions;
  const lists = typeof tags === 'string' ? [tags] : (tags ?? []);
  if (!Array.isArray(lists) || !lists.every((tag) => typeof tag === 'string')) return ITEM_REASONS.tags;
  return { item, dims: numbers, dimensions: named, tags: lists };
}

/** Returns the id of the item in a line, whatever else the line says, or the reason for rejecting the line. */
export function parseItemId(line: Uint8Array): number | string {
  const parsed = parseJson(line);
  if ('reason' in parsed) return parsed.reason;
  return itemOf(parsed.record);
}

/** Returns the id of the item in a record, or the reason for which there is none. */
export function itemOf({ itemid, client_itemid: own }: Readonly<Record<string, unknown>>): number | string {
  if (itemid !== undefined && itemid !== null) return isId(itemid) ? itemid : ITEM_REASONS.idInvalid;
  if (own === undefined || own === null || own === '') return ITEM_REASONS.idMissing;
  return typeof own === 'string' && own.isWellFormed() ? assignedId(own) : ITEM_REASONS.ownIdInvalid;
}

type Parsed = { readonly record: Readonly<Record<string, unknown>> } | { readonly reason: string };

function parseJson(line: Uint8Array): Parsed {
  let text: string;
  try {
    text = utf8.decode(line);
  } catch (error) {
    if (error instanceof TypeError) return { reason: REASONS.notUtf8 };
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? { record: value } : { reason: REASONS.notAnObject };
  } catch (error) {
    if (error instanceof SyntaxError) return { reason: REASONS.notJson };
    throw error;
  }
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function namedDimensions(value: unknown): [string, string][] | undefined {
  if (!isRecord(value)) return undefined;
  const named: [string, string][] = [];
  for (const [attribute, given] of Object.entries(value)) {
    for (const one of Array.isArray(given) ? given : [given]) {
      if (one === null) continue;
      if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') return undefined;
      named.push([attribute, String(one)]);
    }
  }
  return named;
}
