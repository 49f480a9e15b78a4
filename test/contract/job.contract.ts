/** The contract of every job: the same bytes whatever fails, and the rules that a job must keep. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Place } from '../../infra/component.ts';
import { readEnvironment } from '../../infra/environment.ts';
import { componentOfJob } from '../../infra/job-component.ts';
import { runtimeNode } from '../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { settingsTable } from '../../shared/config/settings-readings.ts';
import { StoreUnavailableError } from '../../shared/errors.ts';
import { uniform } from '../../shared/example/actions.ts';
import type { JobExample } from '../../shared/job/example.ts';
import { loopsThatHandOver } from '../../shared/job/hand-over.ts';
import { handlersOf } from '../../shared/job/handlers.ts';
import { type AnyJob, mapsOf, modelsNodeOf } from '../../shared/job/job.ts';
import { STATE_LIMIT } from '../../shared/job/state-limit.ts';
import { handlersOfMachine } from '../../shared/job/state-machine.ts';
import type { JsonValue } from '../../shared/json.ts';
import { dayFolder, runFolder, versionFolder } from '../../shared/store/keys.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { filesBelow } from '../helpers/files-below.ts';
import { expectGoldenHashes } from '../helpers/golden-hashes.ts';
import { expectGoldenWorkArea } from '../helpers/golden-work-area.ts';
import { expectSameFiles } from '../helpers/same-bytes.ts';
import type { StoreCall } from '../helpers/watched-store.ts';
import { corruptionContract } from './corruption.contract.ts';
import { foldContract } from './fold.contract.ts';
import { JobCloud, OUTPUT, SHARDS, stopAtFirstWrite, turns } from './job-cloud.ts';

/** @param folder an empty folder for the example's input */
export function jobContract(job: AnyJob, example: JobExample, folder: string): void {
  const handlers = handlersOf(job);
  let settings: Readonly<Record<string, JsonValue>>;
  let before: Readonly<Record<string, Uint8Array>>;

  const newCloud = () => new JobCloud({ job, client: example.client, day: example.day, settings, before });
  let undisturbed: JobCloud;
  let expected: Record<string, Uint8Array>;
  let states: string[];
  /** The folder of the run's version; undefined for a job without versions. */
  let version: string | undefined;

  /** Asserts that the output is that of the undisturbed run and is active. */
  async function expectDone(cloud: JobCloud, where = ''): Promise<void> {
    expectSameFiles(await cloud.published(), expected, where);
    expect(cloud.overwritten).toEqual([]);
    if (job.activates === undefined) return;
    const root = new FolderConfigRoot(cloud.config);
    const location = `${OUTPUT}/${version}`;
    expect(`${(await root.read(runtimeNode(example.client as string, job.activates)))?.data}/`).toBe(location);
    expect((await root.read(`/config/${job.activates}`))?.data).toBe(example.client);
  }

  beforeAll(async () => {
    const [input, output] = [join(folder, 'input'), join(folder, 'output')];
    for (const path of [input, output]) mkdirSync(path);
    settings = example.prepare(input);
    example.published?.(output);
    before = Object.fromEntries(filesBelow(output).map((path) => [path, readFileSync(join(output, path))]));
    undisturbed = newCloud();
    states = [];
    const { id } = await undisturbed.run({ onState: (name) => states.push(name) });
    expected = await undisturbed.published();
    const node = modelsNodeOf(job);
    version = node === undefined ? undefined : versionFolder(example.client as string, node, example.day, id);
  });

  test('every state that calls a function has a handler', () => {
    expect(Object.keys(handlers).sort()).toEqual(
      handlersOfMachine(job)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('every function uses only the stores that its role on AWS allows, and writes to every store that it may write to', () => {
    const { functions } = componentOfJob(readEnvironment({ dev: {} }, 'dev'), job);
    const access = new Map(functions.map((spec) => [spec.name, spec.access]));
    const input: Place = job.scope === 'logs' ? 'logs' : 'outputs';
    for (const use of undisturbed.touched) {
      const [handler, kind, at] = use.split(' ') as [string, StoreCall, Place | 'input'];
      const { reads, writes, deletes } = access.get(handler)!;
      const allowed = kind === 'put' ? writes : kind === 'delete' ? deletes : reads;
      const place = at === 'input' ? input : at;
      // The work area belongs to the outputs.
      const isAllowed = allowed.includes(place) || (place === 'work' && allowed.includes('outputs'));
      expect(isAllowed, `${use}: ${allowed.join()} allowed`).toBe(true);
    }
    // A step after the output does nothing when the settings of the example do not ask for it.
    const after = job.afterPublish;
    const idle = after?.isWanted(job.settings.parse(settings)) === false ? after.name : undefined;
    for (const { handler } of undisturbed.invocations.filter((invocation) => invocation.handler !== idle)) {
      for (const place of access.get(handler)!.writes) expect(undisturbed.touched).toContain(`${handler} put ${place}`);
    }
  });

  test('a job whose output a server reads is judged before it goes live', () => {
    expect(job.judge !== undefined).toBe(modelsNodeOf(job) !== undefined);
    expect(states.includes('Verdict')).toBe(job.judge !== undefined);
  });

  test('every input of the example is in a job folder that the job declares', async () => {
    const { client, day } = example;
    const parsed = job.settings.parse(settings);
    const { folders, foldersOf } = job.inputs;
    if (job.scope === 'logs') {
      expect(folders).toEqual([]);
      return;
    }
    const read = foldersOf?.(parsed) ?? folders;
    expect(folders, 'the folders of `inputs.foldersOf` are not all in `inputs.folders`').toEqual(
      expect.arrayContaining([...read]),
    );
    const { objects } = await job.inputs.list({ client, day, settings: parsed, openStore });
    expect(objects.length).toBeGreaterThan(0);
    const strays = objects.flatMap(({ key }) =>
      read.some((each) => key.startsWith(`${client}/${each}/`)) ? [] : [key],
    );
    expect(strays, `\`inputs.list\` reads these files, and \`inputs.folders\` names only ${read.join(', ')}`).toEqual(
      [],
    );
  });

  test('every setting has a default, a range and a description', () => {
    const table = settingsTable(job.settings);
    expect(table.length).toBeGreaterThan(0);
    for (const row of table) {
      for (const [column, cell] of Object.entries(row)) expect(cell, `${row.name}: ${column}`).not.toBe('');
      expect(row.meaning.length, row.name).toBeGreaterThan(10);
    }
  });

  test('the example gives the bytes that this version gave before', () => {
    const files = new Map<string, Uint8Array>();
    for (const [key, bytes] of Object.entries(expected)) {
      // The manifest repeats the hashes of the other files.
      if (key.endsWith('/_SUCCESS') || key.endsWith('/_BEGUN')) continue;
      // The next test compares a version with the day folder. The name of its folder has the run's id, which depends on the
      // bytes of gzip files in the input.
      if (version !== undefined && key.startsWith(version)) continue;
      files.set(key, bytes);
    }
    expect(files.size).toBeGreaterThan(0);
    const path = `test/golden/outputs/${job.name}/version-${job.version}.json`;
    expectGoldenHashes(files, {
      name: job.name,
      path,
      cure:
        `If this change is wanted, raise the job's version in functions/${job.name}/job.ts, delete the golden files of ` +
        "the old version, and run 'npm test -- test/contract/job.test.ts', which writes those of the new one. The golden " +
        `files of a version are never overwritten. If they are wrong, delete ${path} and run the command again.`,
    });
  });

  test('the steps write the objects that this version wrote before, because another build may resume the run', async () => {
    const cloud = newCloud();
    const { id, client: owner } = await cloud.run({ shards: 1 });
    const folder = runFolder(job.name, owner, id);
    const work = [...(await cloud.objects())].filter(([key]) => key.startsWith(folder));
    expectGoldenWorkArea(job, new Map(work.map(([key, bytes]) => [key.slice(folder.length), bytes])));
  });

  test('a job with a runtime node or a table publishes a version with the files of the day folder', async () => {
    if (version === undefined) {
      expect(Object.keys(expected).filter((key) => key.includes('/models/'))).toEqual([]);
      return;
    }
    const folder = dayFolder(example.client as string, job.writes, example.day);
    const filesIn = (prefix: string) =>
      new Map(
        Object.entries(expected).flatMap(([key, bytes]) =>
          key.startsWith(prefix) ? [[key.slice(prefix.length), bytes] as const] : [],
        ),
      );
    expectSameFiles(filesIn(version), filesIn(folder), `${version} beside ${folder}`);
    expect([...filesIn(version).keys()]).toEqual(expect.arrayContaining(['_BEGUN', '_SUCCESS']));
  });

  test('the example is so large that some step runs in seven shards', () => {
    expect(Math.max(...Object.values(undisturbed.computed()))).toBeGreaterThanOrEqual(SHARDS);
  });

  test('publishing reads no staged file that is published unchanged, because its step has stored the hash', async () => {
    expect(await undisturbed.readForNothing()).toEqual([]);
  });

  test.each([1, 2, 'planned'] as const)('a run with %s shards gives the same bytes', async (shards) => {
    const cloud = newCloud();
    await cloud.run({ shards });
    await expectDone(cloud);
    expect(await cloud.readForNothing()).toEqual([]);
  });

  const loop = loopsThatHandOver(job)[0];
  if (loop !== undefined) {
    test('a run whose loop hands over after every round gives the same bytes, and computes no shard twice', async () => {
      const cloud = newCloud();
      const entered: string[] = [];
      await cloud.run({ rounds: 1, onState: (name) => entered.push(name) });
      await expectDone(cloud);
      expect(cloud.computed()).toEqual(undisturbed.computed());
      const rounds = entered.filter((name) => name === loop.body.name).length;
      expect(rounds).toBeGreaterThan(2);
      // Each execution visits the loop once more than it has rounds.
      expect(entered.filter((name) => name === loop.name)).toHaveLength(2 * rounds);
      expect(entered.filter((name) => name === 'Configure')).toHaveLength(1);
    });
  }

  test('a second run finds that all is done and computes nothing', async () => {
    const cloud = newCloud();
    await cloud.run();
    const before = cloud.invocations.length;
    expect((await cloud.run()).done).toBe(true);
    expect(cloud.invocations.slice(before).map(({ handler }) => handler)).toEqual(['configure']);
    await expectDone(cloud);
  });

  test.each([1, 2, 3])('a run whose shards finish in shuffled order gives the same bytes (seed %i)', async (seed) => {
    const random = uniform(seed);
    const finished: number[] = [];
    const cloud = newCloud();
    await cloud.run({
      invoke: async (handler, event, call) => {
        await turns(Math.floor(40 * random()));
        const answer = await call(handler, event, { before: () => turns(Math.floor(3 * random())) });
        if (event.shard) finished.push(event.shard.index);
        return answer;
      },
    });
    await expectDone(cloud);
    const inOrder = undisturbed.invocations.flatMap(({ event }) => (event.shard ? [event.shard.index] : []));
    expect(finished).not.toEqual(inOrder);
  });

  test('a run in which every answer is lost once and every invocation is repeated gives the same bytes', async () => {
    const cloud = newCloud();
    await cloud.run({
      invoke: async (handler, event, call) => {
        await call(handler, event);
        return call(handler, event);
      },
    });
    await expectDone(cloud);
    // No shard is computed again because its answer was lost.
    expect(cloud.computed()).toEqual(undisturbed.computed());
  });

  describe('A run gives the same bytes when the first attempt of every invocation stops at its first write', () => {
    test('and continues after the retry has committed', async () => {
      const cloud = newCloud();
      let woken = 0;
      await cloud.run({
        invoke: async (handler, event, call) => {
          const zombie = stopAtFirstWrite((watch) => call(handler, event, watch));
          await zombie.stopped;
          const answer = await call(handler, event);
          // Shards run at the same time: `woken += await …` would forget those that were added meanwhile.
          const waited = await zombie.wake();
          woken += waited;
          return answer;
        },
      });
      expect(woken).toBeGreaterThan(SHARDS);
      await expectDone(cloud);
    });

    test('and continues after the whole run is published and active', async () => {
      const cloud = newCloud();
      const zombies: ReturnType<typeof stopAtFirstWrite>[] = [];
      await cloud.run({
        invoke: async (handler, event, call) => {
          const zombie = stopAtFirstWrite((watch) => call(handler, event, watch));
          await zombie.stopped;
          zombies.push(zombie);
          return call(handler, event);
        },
      });
      await expectDone(cloud);
      let woken = 0;
      for (const zombie of zombies) woken += await zombie.wake();
      expect(woken).toBeGreaterThan(SHARDS);
      await expectDone(cloud);
    });
  });

  test.each([1, 2, 3])(
    'a run in which every invocation meets a failing store once gives the same bytes (seed %i)',
    async (seed) => {
      const random = uniform(seed);
      const met = new Set<string>();
      let fired = 0;
      const cloud = newCloud();
      await cloud.run({
        invoke: async (handler, event, call) => {
          const name = JSON.stringify([handler, event.step, event.shard, event.iteration]);
          if (met.has(name)) return call(handler, event);
          met.add(name);
          // The fault comes at one of the first calls of the store, before it or after a write that took effect.
          let calls = Math.floor(8 * random());
          const fault = () => {
            if (calls-- !== 0) return;
            fired++;
            throw new StoreUnavailableError('503 Slow Down');
          };
          return call(handler, event, { before: fault, afterWrite: fault });
        },
      });
      expect(fired).toBeGreaterThan(3);
      await expectDone(cloud);
    },
  );

  test('a run that is stopped at any state and started again gives the same bytes and computes no shard twice', async () => {
    const whole = undisturbed.computed();
    for (let stop = 0; stop < states.length; stop++) {
      const cloud = newCloud();
      let entered = 0;
      const stopped = cloud.run({
        onState: (name) => {
          if (entered++ === stop) throw new Error(`stopped at ${name}`);
        },
      });
      await expect(stopped).rejects.toThrow(`stopped at ${states[stop]}`);
      await cloud.run();
      await expectDone(cloud, `stopped at ${states[stop]}`);
      expect(cloud.computed(), `stopped at ${states[stop]}`).toEqual(whole);
    }
  });

  test.each([0.1, 0.5, 0.9])(
    'a run during which another build is deployed ends with an error, and the next one goes on with the same bytes (%d)',
    async (part) => {
      const cloud = newCloud();
      const deployAt = Math.floor(part * undisturbed.invocations.length);
      let invocations = 0;
      let late = 0;
      const overtaken = cloud.run({
        invoke: (handler, event, call) => {
          if (invocations++ === deployAt) cloud.deploy('build-2');
          // No handler of the new build has anything to do with the run.
          const none = () => {
            late++;
          };
          return invocations > deployAt ? call(handler, event, { before: none }) : call(handler, event);
        },
      });
      const error = await overtaken.then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.name).toBe('DeploymentChangedError');
      expect(error?.message).toMatch(/ began with build build-1, and build build-2 is deployed now/);
      expect(late).toBe(0);
      await cloud.run();
      await expectDone(cloud);
      expect(cloud.computed()).toEqual(undisturbed.computed());
    },
  );

  test('events and answers are far smaller than a state may be, because they name objects and do not hold them', () => {
    const names = new Set(undisturbed.invocations.map(({ handler }) => handler));
    for (const step of mapsOf(job)) expect(names).toContain(step.name);
    for (const { handler, event, answer } of undisturbed.invocations) {
      for (const value of [event, answer]) {
        const size = Buffer.byteLength(JSON.stringify(value));
        expect(size, handler).toBeLessThanOrEqual(STATE_LIMIT / 50);
      }
    }
  });

  describe('in one process', () => foldContract({ job, newCloud, expectDone, states: () => states }));

  corruptionContract(newCloud, () => expected);
}
