/** The setting `jdbc`, and how its value becomes the address of a database. */
import { readSecret, secretName } from '../config/secrets.ts';
import { formatted } from '../config/settings.ts';
import { type DatabaseAddress, parseJdbc } from './jdbc.ts';

/** @param meaning what the job does with the database */
export const jdbcSetting = (meaning: string) =>
  formatted(
    {
      allowed: 'jdbc:mysql://host:port/database?user=…&password=…, or secret:<name>; empty: none',
      check: (text) => secretName(text) === undefined && parseJdbc(text),
    },
    { default: '', secret: true, meaning },
  );

/**
 * The address, where the setting is not empty.
 * @param warn is told of a password that stands in the configuration itself, and of parameters without effect
 * @throws ConfigError; as `readSecret`
 */
export async function databaseOf(
  jdbc: string,
  warn: (message: string) => void = () => undefined,
): Promise<DatabaseAddress> {
  const name = secretName(jdbc);
  const address = name === undefined ? parseJdbc(jdbc) : parseJdbc(await readSecret(name), `secret:${name}`);
  if (name === undefined && address.password !== '') {
    warn('jdbc holds a password: keep it apart, and write secret:<name> in its place');
  }
  for (const warning of address.warnings) warn(warning);
  return address;
}
