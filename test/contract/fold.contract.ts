/**
 * The contract on folded runs: the same bytes whether one process does a run, or a function each shard, or first the one and
 * then the other, in either order.
 */
import { beforeAll, expect, test } from 'vitest';
import type { Place } from '../../infra/component.ts';
import { readEnvironment } from '../../infra/environment.ts';
import { componentOfJob } from '../../infra/job-component.ts';
import type { AnyJob } from '../../shared/job/job.ts';
import type { StoreCall } from '../helpers/watched-store.ts';
import { type Fold, type JobCloud, SHARDS, stopAtFirstWrite } from './job-cloud.ts';

/** The time that is left to a process: enough, or too little for another invocation. Milliseconds */
const ENOUGH = 900_000;
const TOO_LITTLE = 10_000;

/** Returns a folded run that hands over before the invocation after `invocations`. It counts them. */
function foldUntil(invocations: number): Fold & { begun: number } {
  const fold = {
    begun: 0,
    remainingMs: () => (fold.begun++ < invocations ? ENOUGH : TOO_LITTLE),
  };
  return fold;
}

/** The error with which Lambda reports a process that took too long. */
const timedOut = (): Error => Object.assign(new Error('timed out after 900 s'), { name: 'Sandbox.Timedout' });

export interface FoldContract {
  readonly job: AnyJob;
  readonly newCloud: () => JobCloud;
  /** Asserts that the output is that of an undisturbed run and is active. */
  readonly expectDone: (cloud: JobCloud, where?: string) => Promise<void>;
  /** The states that an undisturbed run enters. */
  readonly states: () => readonly string[];
}

export function foldContract({ job, newCloud, expectDone, states }: FoldContract): void {
  let folded: JobCloud;
  /** The number of invocations inside of a folded run. */
  let invocations: number;

  /** Returns up to four numbers from 1 to `last`, spread evenly. */
  const spread = (last: number): number[] => [
    ...new Set([1, Math.round(last / 3), Math.round((2 * last) / 3), last].filter((number) => number > 0)),
  ];
  const handlersCalled = (cloud: JobCloud): string[] => cloud.invocations.map(({ handler }) => handler);

  beforeAll(async () => {
    folded = newCloud();
    const fold = foldUntil(Number.POSITIVE_INFINITY);
    await folded.run({ fold });
    invocations = fold.begun;
  });

  test('a folded run gives the same bytes, and calls one function between Configure and what follows publishing', async () => {
    await expectDone(folded);
    const following = [job.afterPublish?.name, job.activates && 'activate'].filter((name) => name !== undefined);
    expect(handlersCalled(folded)).toEqual(['configure', 'fold', ...following]);
    // Each shard, each step's plan and publishing are invocations inside of it.
    expect(invocations).toBeGreaterThan(SHARDS);
  });

  test('a folded run uses only the stores that its role on AWS allows, and no configuration', () => {
    const { functions } = componentOfJob(readEnvironment({ dev: {} }, 'dev'), job);
    const { reads, writes, deletes, database } = functions.find(({ name }) => name === 'fold')!.access;
    const input: Place = job.scope === 'logs' ? 'logs' : 'outputs';
    expect(database).toBe(false);
    expect([...new Set([...reads, ...writes, ...deletes])].sort()).toEqual([...new Set([input, 'outputs'])].sort());
    const uses = [...folded.touched].filter((use) => use.startsWith('fold '));
    for (const use of uses) {
      const [, kind, at] = use.split(' ') as [string, StoreCall, Place | 'input'];
      const allowed = kind === 'put' ? writes : kind === 'delete' ? deletes : reads;
      expect(allowed, use).toContain(at === 'input' ? input : at === 'work' ? 'outputs' : at);
    }
    for (const place of ['work', 'outputs']) expect(uses).toContain(`fold put ${place}`);
  });

  test('a folded run with one shard of each step gives the same bytes', async () => {
    const cloud = newCloud();
    await cloud.run({ fold: foldUntil(Number.POSITIVE_INFINITY), shards: 1 });
    await expectDone(cloud);
  });

  test('a run that is folded up to any invocation and then fanned out gives the same bytes', async () => {
    for (const stop of spread(invocations - 1)) {
      const cloud = newCloud();
      await cloud.run({ fold: foldUntil(stop) });
      expect(handlersCalled(cloud)).toContain('publish');
      await expectDone(cloud, `folded for ${stop} invocations`);
    }
  });

  test('a run that is fanned out up to any state and then folded gives the same bytes', async () => {
    // Before Configure there is no run, and after Publish nothing is left to fold.
    for (const stop of spread(states().indexOf('Publish'))) {
      const cloud = newCloud();
      let entered = 0;
      const stopped = cloud.run({
        onState: (name) => {
          if (entered++ === stop) throw new Error(`stopped at ${name}`);
        },
      });
      await expect(stopped).rejects.toThrow(`stopped at ${states()[stop]}`);
      const before = cloud.invocations.length;
      await cloud.run({ fold: foldUntil(Number.POSITIVE_INFINITY) });
      expect(handlersCalled(cloud).slice(before)).not.toContain('publish');
      await expectDone(cloud, `stopped at ${states()[stop]}`);
    }
  });

  test('a run whose folding process is lost when it was done gives the same bytes', async () => {
    const cloud = newCloud();
    await cloud.run({
      fold: foldUntil(Number.POSITIVE_INFINITY),
      invoke: async (handler, event, call) => {
        const answer = await call(handler, event);
        if (handler === 'fold') throw timedOut();
        return answer;
      },
    });
    expect(handlersCalled(cloud)).toContain('publish');
    await expectDone(cloud);
  });

  test('a folding process that goes on after the run was fanned out to its end changes no byte', async () => {
    const cloud = newCloud();
    let zombie: ReturnType<typeof stopAtFirstWrite> | undefined;
    await cloud.run({
      fold: foldUntil(Number.POSITIVE_INFINITY),
      invoke: async (handler, event, call) => {
        if (handler !== 'fold') return call(handler, event);
        zombie = stopAtFirstWrite((watch) => call(handler, event, watch));
        await zombie.stopped;
        throw timedOut();
      },
    });
    await expectDone(cloud);
    expect(await zombie?.wake()).toBe(1);
    await expectDone(cloud);
  });
}
