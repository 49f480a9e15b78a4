/**
 * Slots: the concurrent executions of Lambda that an account has in a region. A day may ask for four fifths of them. The rest is
 * for what runs beside it, and for the functions that have slots of their own.
 */
import { ConfigError } from '../shared/errors.ts';
import type { Component } from './component.ts';
import type { Environment } from './environment.ts';

const SHARE_OF_A_DAY = 0.8;
/** Lambda refuses a reservation that leaves an account fewer slots than this. */
const UNRESERVED = 100;

/** @throws ConfigError when a day could ask for more than its share of the account's slots */
export function checkSlots({ name, accountConcurrency, maxFolded, maxClients, maxConcurrency }: Environment): void {
  const asked = maxFolded + maxClients * maxConcurrency;
  const share = Math.floor(SHARE_OF_A_DAY * accountConcurrency);
  if (asked <= share) return;
  throw new ConfigError(
    `Environment ${name}: maxFolded + maxClients × maxConcurrency is ${maxFolded} + ${maxClients} × ${maxConcurrency} = ` +
      `${asked}, and a day may ask for ${share}, 80 % of accountConcurrency (${accountConcurrency}): lower them, or raise accountConcurrency to what the ` +
      'account has (aws lambda get-account-settings)',
  );
}

/**
 * Returns the number of runs that `offline tune --env` may have under way beside a day. They share the slots that no day asks
 * for, and each may ask for those of one step, which a folded run does not need.
 */
export function runsBesideDay({ accountConcurrency, maxConcurrency }: Environment): number {
  const left = accountConcurrency - Math.floor(SHARE_OF_A_DAY * accountConcurrency);
  return Math.max(1, Math.floor(left / maxConcurrency));
}

/** Returns the components as the account allows: without slots of their own where it has too few. */
export function withAllowedSlots({ accountConcurrency }: Environment, components: Component[]): Component[] {
  const reserved = components.flatMap(({ functions }) => functions.map(({ ownSlots = 0 }) => ownSlots));
  if (accountConcurrency - reserved.reduce((sum, slots) => sum + slots, 0) >= UNRESERVED) return components;
  return components.map((component) => ({
    ...component,
    functions: component.functions.map(({ ownSlots: _, ...spec }) => spec),
  }));
}
