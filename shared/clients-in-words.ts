/** The clients that are there, for an error about one that is not. */
import { didYouMean } from './config/did-you-mean.ts';

/** Clients that a message names. */
const MOST_NAMED = 20;

/** `shop, films and 12 more; did you mean shop?` */
export function clientsInWords(client: string, there: readonly string[]): string {
  if (there.length === 0) return 'no client at all';
  const meant = didYouMean(client, there);
  const named = there.slice(0, MOST_NAMED).join(', ');
  const more = there.length > MOST_NAMED ? ` and ${there.length - MOST_NAMED} more` : '';
  return `${named}${more}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
