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

/** The list with the client at its end; undefined where it is there already. Spaces around names do not count. */
export function withClient(list: string, client: string): string | undefined {
  if (list.split(',').some((name) => name.trim() === client)) return undefined;
  const kept = list.trimEnd().replace(/,$/, '');
  return kept.trim() === '' ? client : `${kept},${client}`;
}
