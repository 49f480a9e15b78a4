/** The setting `jdbc`, and the address of a database that its value stands for. */
import { readSecret, secretName } from '../config/secrets.ts';
import { formatted } from '../config/settings.ts';
import type { InputListing, InputRequest, InputSource } from '../job/job.ts';
import { type DatabaseAddress, parseJdbc } from './jdbc.ts';

/** Declares the setting. @param meaning the use that the job makes of the database */
export const jdbcSetting = (meaning: string) =>
  formatted(
    {
      allowed: 'jdbc:mysql://host:port/database?user=…&password=…, or secret:<name>; empty: none',
      check: (text) => secretName(text) === undefined && parseJdbc(text),
    },
    { default: '', secret: true, meaning },
  );

/**
 * Returns the address for a setting that is not empty.
 * @param warn hears of a password in the configuration itself, and of parameters without effect
 * @throws ConfigError; as `readSecret`
 */
export async function databaseOf(
  jdbc: string,
  warn: (message: string) => void = () => undefined,
): Promise<DatabaseAddress> {
  const name = secretName(jdbc);
  const address = name === undefined ? parseJdbc(jdbc) : parseJdbc(await readSecret(name), `secret:${name}`);
  if (name === undefined && address.password !== '') {
    warn('jdbc holds a password: keep the address as a secret, and write secret:<name> here');
  }
  for (const warning of address.warnings) warn(warning);
  return address;
}

/** Adds the warnings about the address to the inputs of a job that opens its database only after publishing. */
export function withDatabaseWarnings<D>(inputs: InputSource<D>): InputSource<D & { readonly jdbc: string }> {
  const list = async (request: InputRequest<D & { readonly jdbc: string }>): Promise<InputListing> => {
    const listing = await inputs.list(request);
    const warnings = [...listing.warnings];
    if (request.settings.jdbc !== '') await databaseOf(request.settings.jdbc, (message) => warnings.push(message));
    return { ...listing, warnings };
  };
  return { ...inputs, list };
}
