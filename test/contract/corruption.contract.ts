/**
 * Damage: every object that a run writes is emptied, cut or flipped as soon as it is written, or once the run is through, one
 * at a time. The run must end with the bytes of an undisturbed one. Objects are replaced, never written to in place.
 *
 * In `npm test` one object of every kind is damaged in one way; `npm run test:long` damages every object in every way.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { healing } from '../../cli/local/heal.ts';
import { DamagedObjectError } from '../../shared/errors.ts';
import { expectSameFiles, type Files } from '../helpers/same-bytes.ts';
import type { JobCloud } from './job-cloud.ts';

const IS_LONG = process.env.TEST_LONG === '1';
/** Enough for a step to read what several others wrote. */
const SHARDS = IS_LONG ? 3 : 2;
/** A job has hundreds of objects, and each is damaged in each way. */
const TIMEOUT = { timeout: 3_600_000 };

type Damage = (bytes: Uint8Array) => Uint8Array;

function flippedAt(share: number): Damage {
  return (bytes) => {
    const flipped = bytes.slice();
    const at = Math.min(bytes.length - 1, Math.floor(share * bytes.length));
    flipped[at] = flipped[at]! ^ (1 << (at % 8));
    return flipped;
  };
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  emptied: () => new Uint8Array(),
  'flipped in the middle': flippedAt(0.5),
  cut: (bytes) => bytes.slice(0, Math.floor(0.7 * bytes.length)),
  'flipped at the start': flippedAt(0),
  // Behind the last but one, `_SUCCESS` has a line break that says nothing.
  'without its last two bytes': (bytes) => bytes.slice(0, -2),
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
 * @param newCloud an empty one @param expected the bytes that an undisturbed run publishes: key → bytes
 */
export function corruptionContract(newCloud: () => JobCloud, expected: () => Files): void {
  let undisturbed: JobCloud;

  /** Which objects to damage, and how: all, or one of each kind, each kind in another way. */
  function plan(keys: readonly string[]): (readonly [key: string, way: string])[] {
    if (IS_LONG) return keys.flatMap((key) => WAYS.map((way) => [key, way] as const));
    const kinds = new Map(keys.map((key) => [kindOf(key), key]));
    return [...kinds.values()].map((key, place) => [key, WAYS[place % WAYS.length]!] as const);
  }

  async function damage(cloud: JobCloud, key: string, way: string): Promise<void> {
    const { bytes } = await cloud.output.get(key);
    if (bytes.length === 0) return;
    await cloud.output.put(key, DAMAGES[way]!(bytes));
  }

  /**
   * Runs until it is through, as a local run does; resolves to how often it went once more. What the commands of live models
   * keep beside them is not computed: there the error names the object and the cure, and all else is as it should be.
   */
  async function heal(cloud: JobCloud, damaged: string, faults: Parameters<JobCloud['run']>[0] = {}): Promise<number> {
    let healed = 0;
    try {
      await healing(
        () => cloud.run({ ...faults, shards: SHARDS }),
        () => healed++,
      );
    } catch (error) {
      const isNamed = error instanceof DamagedObjectError && error.message.includes(damaged);
      if (!isNamed || !damaged.includes('/models/')) throw error;
    }
    return healed;
  }

  describe('damage', () => {
    beforeAll(async () => {
      undisturbed = newCloud();
      await undisturbed.run({ shards: SHARDS });
    });

    test('as soon as it is written, of any object: the same bytes', TIMEOUT, async () => {
      let healed = 0;
      for (const [wanted, way] of plan(undisturbed.written)) {
        const cloud = newCloud();
        let fired = false;
        const afterWrite = async (kind: string, key: string) => {
          if (fired || kind !== 'put' || key !== wanted) return;
          fired = true;
          await damage(cloud, key, way);
        };
        healed += await heal(cloud, wanted, { invoke: (handler, event, call) => call(handler, event, { afterWrite }) });
        expect(fired, `${wanted} was written`).toBe(true);
        // What was published and then damaged shows when it is asked for again.
        await heal(cloud, wanted);
        expectSameFiles(await cloud.published(), expected(), `${wanted} ${way}`);
      }
      expect(healed).toBeGreaterThan(3);
    });

    test('once all is published, of any object: the same bytes when it is asked for again', {
      timeout: 3_600_000,
    }, async () => {
      const objects = await undisturbed.objects();
      for (const [key, way] of plan([...objects.keys()])) {
        const cloud = newCloud();
        for (const [other, bytes] of objects) await cloud.output.put(other, bytes);
        await damage(cloud, key, way);
        await heal(cloud, key);
        expectSameFiles(await cloud.published(), expected(), `${key} ${way}`);
        // And when the output is to be published from what lies in the work area.
        for (const published of objects.keys())
          if (published.endsWith('/_SUCCESS')) await cloud.output.delete(published);
        if (key.startsWith('.')) await damage(cloud, key, way);
        await heal(cloud, key);
        expectSameFiles(await cloud.published(), expected(), `${key} ${way}, then published again`);
      }
    });
  });
}
