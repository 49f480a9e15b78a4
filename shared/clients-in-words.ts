/** The list of known clients, for the message about an unknown one. */
import { didYouMean } from './config/did-you-mean.ts';

/** The most clients that a message names. */
const MOST_NAMED = 20;

/** Returns `shop, films and 12 more; did you mean shop?`. */
export function clientsInWords(client: string, known: readonly string[]): string {
  if (known.length === 0) return 'no client at all';
  const meant = didYouMean(client, known);
  const named = known.slice(0, MOST_NAMED).join(', ');
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  return `${named}${more}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
