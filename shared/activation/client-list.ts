/** The comma-separated list of clients at `/config/<runtime node>`. Entries of other systems stay as they are. */
import { ConfigError } from '../errors.ts';

/** Checks that the list can hold a client. @throws ConfigError for a name with a comma or outer blanks */
export function checkListable(client: string): void {
  if (!client.includes(',') && client === client.trim()) return;
  throw new ConfigError(
    `client ${JSON.stringify(client)} cannot stand in the serving system's comma-separated list of clients: ` +
      'rename it, or set registerClient to false and make sure by other means that its model is loaded',
  );
}

/**
 * Returns the list with the client added; undefined when the list has the client. The serving system splits the list at commas
 * and does not trim, so it takes a name with blanks or a line break around it for another client. Such an entry is rewritten.
 */
export function withClient(list: string, client: string): string | undefined {
  const entries = list.split(',');
  if (entries.includes(client)) return undefined;
  const almost = entries.findIndex((name) => name.trim() === client);
  if (almost >= 0) return entries.with(almost, client).join(',');
  const kept = list.trimEnd().replace(/,$/, '');
  return kept.trim() === '' ? client : `${kept},${client}`;
}
