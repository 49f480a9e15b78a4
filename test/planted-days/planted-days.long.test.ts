/** Plants every fault on days of every shop. It prints the tables of docs/verdict.md. */
import { describe, expect, test } from 'vitest';
import type { Days } from './events.ts';
import { INPUT_FAULTS } from './faults.ts';
import { type Measured, measure } from './measure.ts';
import { CONFIRMING, SETTING } from './shops.ts';
import { tableOf } from './table.ts';

describe.each([
  // In Online Retail the second type has 2 % of the actions, and whole days without it, so that nobody can miss it there.
  ['set the margins', SETTING, 16],
  ['confirm the margins', CONFIRMING, 17],
])('On the shops that %s', (_, shops: Readonly<Record<string, () => Days>>, fewest) => {
  test(`at most five of 100 good days are warned about, and at least ${fewest} of 20 planted faults are found`, () => {
    const measured = new Map<string, Measured>();
    for (const [name, days] of Object.entries(shops)) measured.set(name, measure(days(), INPUT_FAULTS));
    process.stdout.write(`${tableOf(measured)}\n`);
    for (const [name, { days, warned, faults }] of measured) {
      expect(warned / days, name).toBeLessThanOrEqual(0.05);
      const shares = Object.values(faults).map(({ found, planted }) => found / planted);
      expect(shares.reduce((sum, share) => sum + share, 0) / shares.length, name).toBeGreaterThanOrEqual(fewest / 20);
    }
  }, 600_000);
});
