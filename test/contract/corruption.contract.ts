/**
 * The contract on damaged objects. One object at a time is emptied, cut, or changed in a bit, as soon as the run has written
 * it or after the run has ended. The run, or its repetition, must end with the bytes of an undisturbed run.
 *
 * `npm test` damages one object of every kind in one way; `npm run test:long` damages every object in every way.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../../shared/errors.ts';
import { healing } from '../../shared/job/heal.ts';
import { expectSameFiles, type Files } from '../helpers/same-bytes.ts';
import type { JobCloud } from './job-cloud.ts';

const IS_LONG = process.env.TEST_LONG === '1';
/** The number of shards of each step. A step then reads the objects of several shards. */
const SHARDS = IS_LONG ? 3 : 2;
/** A long test damages hundreds of objects of a job in each way. */
const TIMEOUT = { timeout: 3_600_000 };

type Damage = (bytes: Uint8Array) => Uint8Array;

function flippedAt(share: number): Damage {
  return (bytes) => {
    const flipped = bytes.slice();
    const index = Math.min(bytes.length - 1, Math.floor(share * bytes.length));
    flipped[index] = flipped[index]! ^ (1 << (index % 8));
    return flipped;
  };
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  emptied: () => new Uint8Array(),
  'flipped in the middle': flippedAt(0.5),
  cut: (bytes) => bytes.slice(0, Math.floor(0.7 * bytes.length)),
  'flipped at the start': flippedAt(0),
  // The last byte of `_SUCCESS` is a line break, whose loss would change nothing.
  'without its last two bytes': (bytes) => bytes.slice(0, -2),
  'flipped near the end': flippedAt(0.95),
  'flipped in the last byte': flippedAt(1),
};
const WAYS = Object.keys(DAMAGES);

/** Returns the kind of an object: its key without run, plan, shard, iteration, client and part. */
const kindOf = (key: string): string =>
  key
    .replace(/\d{5}/, 'N')
    .replace(/-\d+\//, '-N/')
    .replace(/\/fixed\/\d+$/, '/fixed/N')
    .replace(/^[^/.]+\//, '');

/**
 * @param newCloud makes an empty cloud
 * @param expected returns what an undisturbed run publishes: key → bytes
 */
export function corruptionContract(newCloud: () => JobCloud, expected: () => Files): void {
  let undisturbed: JobCloud;

  /** Returns the objects to damage, each with a way: all in every way, or one of each kind with the ways in turn. */
  function plan(keys: readonly string[]): (readonly [key: string, way: string])[] {
    if (IS_LONG) return keys.flatMap((key) => WAYS.map((way) => [key, way] as const));
    const kinds = new Map(keys.map((key) => [kindOf(key), key]));
    return [...kinds.values()].map((key, index) => [key, WAYS[index % WAYS.length]!] as const);
  }

  async function damage(cloud: JobCloud, key: string, way: string): Promise<void> {
    const { bytes } = await cloud.output.get(key);
    if (bytes.length === 0) return;
    await cloud.output.put(key, DAMAGES[way]!(bytes));
  }

  /**
   * Runs to the end as a local run does, and resolves to the number of times that it started again. A record of live models
   * cannot be computed again, so a damaged record may end the run with an error that names it.
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

  describe('A damaged object', () => {
    beforeAll(async () => {
      undisturbed = newCloud();
      await undisturbed.run({ shards: SHARDS });
    });

    test(
      'of any kind, damaged as soon as it is written, is computed again and the bytes are the same',
      TIMEOUT,
      async () => {
        let healed = 0;
        for (const [wanted, way] of plan(undisturbed.written)) {
          const cloud = newCloud();
          let fired = false;
          const afterWrite = async (kind: string, key: string) => {
            if (fired || kind !== 'put' || key !== wanted) return;
            fired = true;
            await damage(cloud, key, way);
          };
          healed += await heal(cloud, wanted, {
            invoke: (handler, event, call) => call(handler, event, { afterWrite }),
          });
          expect(fired, `${wanted} was written`).toBe(true);
          // A second run finds a published file that was damaged.
          await heal(cloud, wanted);
          expectSameFiles(await cloud.published(), expected(), `${wanted} ${way}`);
        }
        expect(healed).toBeGreaterThan(3);
      },
    );

    test('of any kind, damaged after all is published, is repaired by the next run', TIMEOUT, async () => {
      const objects = await undisturbed.objects();
      for (const [key, way] of plan([...objects.keys()])) {
        const cloud = newCloud();
        for (const [other, bytes] of objects) await cloud.output.put(other, bytes);
        await damage(cloud, key, way);
        await heal(cloud, key);
        expectSameFiles(await cloud.published(), expected(), `${key} ${way}`);
        // It is also repaired when the output is published again from the work area.
        for (const published of objects.keys()) {
          if (published.endsWith('/_SUCCESS')) await cloud.output.delete(published);
        }
        if (key.startsWith('.')) await damage(cloud, key, way);
        await heal(cloud, key);
        expectSameFiles(await cloud.published(), expected(), `${key} ${way}, then published again`);
      }
    });
  });
}
