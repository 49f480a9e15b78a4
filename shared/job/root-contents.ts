/** Describes in words which clients and days a root has, for an error about a client or a day that it does not have. */
import { clientsInWords } from '../clients-in-words.ts';
import { dayInWords } from '../in-words.ts';
import type { Store } from '../store/store.ts';

/** The most objects that are listed for an error, because a root may have ten thousand clients. */
const MOST_LISTED = 20_000;
/** The most ranges of days in one message. */
const MOST_NAMED = 10;

/**
 * Returns the days that a client's folder has. If it has none, returns the client's other folders, or else the other clients of
 * the root.
 */
export async function contentsInWords(store: Store, client: string, folder: string): Promise<string> {
  const days = await namesBelow(store, `${client}/${folder}/`, /^(\d{1,7})\//);
  if (days.length > 0) return `${client}/${folder}/ has ${daysInWords(days.map(Number))}`;
  const folders = await namesBelow(store, `${client}/`, /^([^/]+)\/\d{1,7}\//);
  if (folders.length > 0) return `client ${client} has no ${folder}/, but has ${folders.join(', ')}`;
  const clients = await namesBelow(store, '', /^([^/._][^/]*)\/[^/]+\/\d{1,7}\//);
  if (clients.length === 0) return `there is no client ${client}, and no other client`;
  return `there is no client ${client}, but ${clientsInWords(client, clients)}`;
}

/** Returns the distinct values of the first group of `name` in the keys below a prefix, in the order of the keys. */
async function namesBelow(store: Store, prefix: string, name: RegExp): Promise<string[]> {
  const names = new Set<string>();
  let listed = 0;
  for await (const { key } of store.list(prefix)) {
    const found = name.exec(key.slice(prefix.length))?.[1];
    if (found !== undefined) names.add(found);
    if (++listed === MOST_LISTED) break;
  }
  return [...names];
}

/** Returns the newest ranges of days: `2011-12-01 (15309) to 2011-12-09 (15317), 2011-12-12 (15320)`. */
export function daysInWords(days: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const day of [...new Set(days)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last === day - 1) range.last = day;
    else ranges.push({ first: day, last: day });
  }
  const named = ranges
    .slice(-MOST_NAMED)
    .map(({ first, last }) => (first === last ? dayInWords(first) : `${dayInWords(first)} to ${dayInWords(last)}`));
  return `${ranges.length > MOST_NAMED ? '…, ' : ''}${named.join(', ')}`;
}
