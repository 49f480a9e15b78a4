/** Tests that a day asks for no more than its share of the account's slots, and who has slots of their own. */
import { expect, test } from 'vitest';
import { componentsOf } from '../../../infra/components.ts';
import { readEnvironment } from '../../../infra/environment.ts';
import { runsBesideDay } from '../../../infra/slots.ts';
import { ENVIRONMENTS } from './synthesized-stack.ts';

const componentsFor = (settings: object) => componentsOf(readEnvironment({ dev: settings }, 'dev'));

/** Returns the functions with slots of their own, with their numbers. */
const ownSlots = (settings: object): Record<string, number> =>
  Object.fromEntries(
    componentsFor(settings).flatMap(({ name, functions }) =>
      functions.flatMap((spec) =>
        spec.ownSlots === undefined ? [] : [[`${name}-${spec.name}`, spec.ownSlots] as const],
      ),
    ),
  );

test('A day that could ask for more than 80 % of the slots is refused with the sum and the cure', () => {
  const limits = { accountConcurrency: 100, maxClients: 7, maxConcurrency: 8 };
  expect(() => componentsFor({ ...limits, maxFolded: 25 })).toThrow(
    'Environment dev: maxFolded + maxClients × maxConcurrency is 25 + 7 × 8 = 81, and a day may ask for 80, 80 % of ' +
      'accountConcurrency (100): lower them, or raise accountConcurrency',
  );
  expect(componentsFor({ ...limits, maxFolded: 24 })).not.toEqual([]);
});

test('The runs of a search share the slots that no day asks for, and there is always one', () => {
  const runsBeside = (accountConcurrency: number, maxConcurrency: number) =>
    runsBesideDay(readEnvironment({ dev: { accountConcurrency, maxConcurrency } }, 'dev'));
  expect(runsBeside(1000, 40)).toBe(5);
  expect(runsBeside(1000, 4)).toBe(50);
  // Two slots are left, and a step asks for four.
  expect(runsBeside(10, 4)).toBe(1);
});

test.each(Object.entries(ENVIRONMENTS))('The environment %s of cdk.json is within its share', (_, settings) => {
  expect(componentsFor(settings)).not.toEqual([]);
});

test('The functions of people and of arrival have slots of their own where 100 stay free', () => {
  const own = { 'daily-models': 5, 'arrival-arrive': 5, 'arrival-settle': 5 };
  expect(ownSlots({ accountConcurrency: 115 })).toEqual(own);
  expect(ownSlots({ accountConcurrency: 114 })).toEqual({});
  expect(ownSlots({})).toEqual({});
});
