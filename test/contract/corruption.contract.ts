/**
 * Damage: every object that a run writes is emptied, cut or flipped as soon as it is written, or once the run is through, one
 * at a time. The run must end with the bytes of an undisturbed one. Objects are replaced, never written to in place.
 *
 * In `npm test` one object of every kind is damaged in one way; `npm run test:long` damages every object in every way.
 */
import { describe, expect, test } from 'vitest';
import { healing } from '../../cli/local/heal.ts';
import type { JobCloud } from './job-cloud.ts';

const IS_LONG = process.env.TEST_LONG === '1';

type Damage = (bytes: Uint8Array) => Uint8Array;

function flippedAt(share: number): Damage {
  return (bytes) => {
    const flipped = bytes.slice();
    const at = Math.min(bytes.length - 1, Math.floor(share * bytes.length));
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
    return flipped;
  };
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  emptied: () => new Uint8Array(),
  'flipped in the middle': flippedAt(0.5),
  cut: (bytes) => bytes.slice(0, Math.floor(0.7 * bytes.length)),
  'flipped at the start': flippedAt(0),
  'without its last byte': (bytes) => bytes.slice(0, -1),
  'flipped near the end': flippedAt(0.95),
  'flipped in the last byte': flippedAt(1),
};
const WAYS = Object.keys(DAMAGES);

/** Objects that the same code writes, but for run, plan, shard, iteration, client and part. */
const kindOf = (key: string): string =>
  key
    .replace(/\d{5}/, 'N')
    .replace(/-\d+\//, '-N/')
    .replace(/\/fixed\/\d+$/, '/fixed/N')
    .replace(/^[^/.]+\//, '');

/**
 * @param newCloud an empty one @param undisturbed has had a run of its own
 * @param expected the bytes that it published: key → hash
 */
export function corruptionContract(
  newCloud: () => JobCloud,
  undisturbed: () => JobCloud,
  expected: () => Readonly<Record<string, string>>,
): void {
  /** Which objects to damage, and how: all, or one of each kind, each kind in another way. */
  function plan(keys: readonly string[]): (readonly [key: string, way: string])[] {
    if (IS_LONG) return keys.flatMap((key) => WAYS.map((way) => [key, way] as const));
    const kinds = new Map(keys.map((key) => [kindOf(key), key]));
    return [...kinds.values()].map((key, place) => [key, WAYS[place % WAYS.length] as string] as const);
  }

  async function damage(cloud: JobCloud, key: string, way: string): Promise<void> {
    const { bytes } = await cloud.output.get(key);
    if (bytes.length === 0) return;
    await cloud.output.put(key, (DAMAGES[way] as Damage)(bytes));
  }

  /** Runs until it is through, as a local run does. */
  async function heal(cloud: JobCloud, faults: Parameters<JobCloud['run']>[0] = {}): Promise<number> {
    let healed = 0;
    await healing(
      () => cloud.run(faults),
      () => healed++,
    );
    return healed;
  }

  describe('damage', () => {
    test('as soon as it is written, of any object: the same bytes', { timeout: 3_600_000 }, async () => {
      let healed = 0;
      for (const [wanted, way] of plan(undisturbed().written)) {
        const cloud = newCloud();
        let fired = false;
        const afterWrite = async (kind: string, key: string) => {
          if (fired || kind !== 'put' || key !== wanted) return;
          fired = true;
          await damage(cloud, key, way);
        };
        healed += await heal(cloud, { invoke: (handler, event, call) => call(handler, event, { afterWrite }) });
        expect(fired, `${wanted} was written`).toBe(true);
        // What was published and then damaged shows when it is asked for again.
        await heal(cloud);
        expect(await cloud.published(), `${wanted} ${way}`).toEqual(expected());
      }
      expect(healed).toBeGreaterThan(3);
    });

    test('once all is published, of any object: the same bytes when it is asked for again', {
      timeout: 3_600_000,
    }, async () => {
      const objects = await undisturbed().objects();
      for (const [key, way] of plan([...objects.keys()])) {
        const cloud = newCloud();
        for (const [other, bytes] of objects) await cloud.output.put(other, bytes);
        await damage(cloud, key, way);
        await heal(cloud);
        expect(await cloud.published(), `${key} ${way}`).toEqual(expected());
        // And when the output is to be published from what lies in the work area.
        for (const published of objects.keys())
          if (published.endsWith('/_SUCCESS')) await cloud.output.delete(published);
        if (key.startsWith('.')) await damage(cloud, key, way);
        await heal(cloud);
        expect(await cloud.published(), `${key} ${way}, then published again`).toEqual(expected());
      }
    });
  });
}
