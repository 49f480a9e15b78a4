/** Says in words which clients and days a root holds, for an error about one that it does not hold. */
import { clientsInWords } from '../clients-in-words.ts';
import { dayInWords } from '../in-words.ts';
import type { Store } from '../store/store.ts';

/** Objects looked at for an error: a root of ten thousand clients is not read to its end. */
const MOST_LOOKED_AT = 20_000;
/** Ranges of days in one message. */
const MOST_NAMED = 10;

/** Of a client's folder that has nothing for the days asked for: the days, folders or clients that are there. */
export async function whatIsThere(store: Store, client: string, folder: string): Promise<string> {
  const days = await namesBelow(store, `${client}/${folder}/`, /^(\d{1,7})\//);
  if (days.length > 0) return `${client}/${folder}/ has ${daysInWords(days.map(Number))}`;
  const folders = await namesBelow(store, `${client}/`, /^([^/]+)\/\d{1,7}\//);
  if (folders.length > 0) return `client ${client} has no ${folder}/ there, but ${folders.join(', ')}`;
  const clients = await namesBelow(store, '', /^([^/._][^/]*)\/[^/]+\/\d{1,7}\//);
  if (clients.length === 0) return `there is no client ${client}, nor any other`;
  return `there is no client ${client}, but ${clientsInWords(client, clients)}`;
}

/** The first group of `name` in the keys below a prefix, each once, in the order of the keys. */
async function namesBelow(store: Store, prefix: string, name: RegExp): Promise<string[]> {
  const names = new Set<string>();
  let looked = 0;
  for await (const { key } of store.list(prefix)) {
    const found = name.exec(key.slice(prefix.length))?.[1];
    if (found !== undefined) names.add(found);
    if (++looked === MOST_LOOKED_AT) break;
  }
  return [...names];
}

/** Days in ranges: `2011-12-01 (15309) to 2011-12-09 (15317), 2011-12-12 (15320)`; of many the newest. */
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
