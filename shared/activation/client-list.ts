/** The comma-separated list of clients at `/config/<runtime node>`. What others wrote there stays as it is. */
import { ConfigError } from '../errors.ts';

/** @throws ConfigError for a name that the list cannot hold */
export function checkListable(client: string): void {
  if (!client.includes(',') && client === client.trim()) return;
  throw new ConfigError(
    `client ${JSON.stringify(client)} cannot stand in the serving system's comma-separated list of clients: ` +
      'rename it, or set registerClient to false and see yourself that its model is loaded',
  );
}

/**
 * The list with the client in it; undefined where it is there already. The serving system splits the list at commas and trims
 * nothing, so an entry with blanks or a line break around the name is another client's to it: that entry is rewritten.
 */
export function withClient(list: string, client: string): string | undefined {
  const entries = list.split(',');
  if (entries.includes(client)) return undefined;
  const almost = entries.findIndex((name) => name.trim() === client);
  if (almost >= 0) return entries.with(almost, client).join(',');
  const kept = list.trimEnd().replace(/,$/, '');
  return kept.trim() === '' ? client : `${kept},${client}`;
}
