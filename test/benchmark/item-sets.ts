/** The item set kernel is compared with PyFIM's eclat (Christian Borgelt's library in C) on one thread. */
import { ceilOfProduct } from '../../functions/fpgrowth/core-support.ts';
import { BASKET_ITEMS, generatedBaskets } from './baskets.ts';
import type { SizeName } from './matrix.ts';
import { type Failed, inTurns, type Measurement, runNode, runPython } from './measure.ts';
import { type Contender, cpuRatio, type Row, type Section } from './section.ts';

const BASKETS = { s: 50_000, m: 500_000, l: 2_000_000 } as const satisfies Record<SizeName, number>;
const MAX_SIZE = 5;
const SUPPORTS = [
  { support: 0.02, atLeast: 1.5 },
  { support: 0.005, atLeast: 1.5 },
  { support: 0.001, atLeast: 1.5 },
  { support: 0.0002, atLeast: 1 },
  { support: 0.00005, atLeast: 1 },
] as const;

export interface ItemSetsRun {
  /** The path of the baskets' files without their endings. */
  readonly path: string;
  readonly minCount: number;
  readonly maxSize: number;
}

interface ItemSetsMeasurement extends Measurement {
  readonly sets: number;
  readonly digest: number;
}

export async function itemSets(size: SizeName, peer: { readonly python: string } | Failed): Promise<Section> {
  const baskets = BASKETS[size];
  const path = await generatedBaskets(baskets);
  const rows: Row[] = [];
  const contenders: Contender[] = [];
  for (const { support, atLeast } of SUPPORTS) {
    const run: ItemSetsRun = { path, minCount: ceilOfProduct(support, baskets), maxSize: MAX_SIZE };
    const found = new SameSets();
    const { kernel, eclat } = await inTurns({
      kernel: async () => found.checked(await runNode<ItemSetsMeasurement>('item-sets', run)),
      eclat: async () => {
        if ('failed' in peer) throw new Error(peer.failed);
        return found.checked(await runPython<ItemSetsMeasurement>(peer.python, 'pyfim_eclat', run));
      },
    });
    rows.push({ what: `support ${support}: eclat / kernel`, ...cpuRatio(eclat, kernel), target: { atLeast } });
    const note = `${found.sets} sets`;
    contenders.push({ name: `kernel, support ${support}`, outcome: kernel, note });
    contenders.push({ name: `PyFIM eclat, support ${support}`, outcome: eclat, note });
  }
  return {
    title: `Item sets of ${baskets} baskets of ${BASKET_ITEMS} items`,
    text:
      `All frequent item sets of up to ${MAX_SIZE} items with their counts, from baskets in memory, on one ` +
      'thread. Every round must find the same sets: their number and a digest are compared.',
    rows,
    contenders,
  };
}

/** Checks that every measurement found the same sets as the first. */
class SameSets {
  #first: ItemSetsMeasurement | undefined;

  get sets(): number {
    return this.#first?.sets ?? 0;
  }

  checked(measurement: ItemSetsMeasurement): Measurement {
    this.#first ??= measurement;
    const { sets, digest } = this.#first;
    if (measurement.sets === sets && measurement.digest === digest) return measurement;
    throw new Error(`found ${measurement.sets} sets (digest ${measurement.digest}), not ${sets} (${digest})`);
  }
}
