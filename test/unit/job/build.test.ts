import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWorthAnotherRun, RETRIED_BY_STEPS } from '../../../shared/errors.ts';
import { assertSameBuild, buildOf, readBuild } from '../../../shared/job/build.ts';
import { type AnyJob, defineJob, type MapStep } from '../../../shared/job/job.ts';
import { CALL_RETRY } from '../../../shared/job/retries.ts';
import { JobCloud } from '../../contract/job-cloud.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { copyStep, DAY, toyJob } from './toy-job.ts';

const file = (name: string, text: string) => ({ name, contents: Buffer.from(text) });

describe('the name of a build', () => {
  const files = [file('a/index.mjs', 'export const a = 1;'), file('b/index.mjs', 'export const b = 2;')];

  test('It depends on the names and the bytes of all files, and not on their order', () => {
    const build = buildOf(files);
    expect(build).toMatch(/^[0-9a-f]{16}$/);
    expect(buildOf(files.toReversed())).toBe(build);
    const others = [
      [file('a/index.mjs', 'export const a = 3;'), files[1]!],
      [file('c/index.mjs', 'export const a = 1;'), files[1]!],
      [files[0]!],
      // The same bytes in all, with another boundary between the files.
      [file('a/index.mjs', 'export const a = 1;e'), file('b/index.mjs', 'xport const b = 2;')],
    ];
    for (const other of others) expect(buildOf(other)).not.toBe(build);
  });

  test('Code that is no bundle has no build, and says how to deploy it', () => {
    expect(readBuild({ BUILD: 'a1' })).toBe('a1');
    expect(() => readBuild({})).toThrow('infra/bundle.ts');
  });
});

describe('an execution of another build', () => {
  test('is refused with the names of both builds and the cure', () => {
    expect(() => assertSameBuild('a1', 'a1')).not.toThrow();
    expect(() => assertSameBuild('a1', 'b2')).toThrow(
      'this execution began with build a1, and build b2 is deployed now. Start the run again',
    );
    expect(() => assertSameBuild(undefined, 'b2')).toThrow('began with a build without a name');
  });

  test('is not retried by a Task, and is started anew by the sweep', () => {
    const retried = [...RETRIED_BY_STEPS, ...CALL_RETRY.flatMap(({ ErrorEquals }) => ErrorEquals)];
    expect(retried).not.toContain('DeploymentChangedError');
    expect(isWorthAnotherRun('DeploymentChangedError')).toBe(true);
  });
});

describe('a deployment during a run (R25)', () => {
  /** The toy job, whose version 2 writes capital letters. */
  const versionOne = toyJob;
  const shout: MapStep<Parameters<typeof copyStep.run>[0]['settings'], { readonly input: number }> = {
    ...copyStep,
    run: async (run, shard) => {
      const { bytes } = await run.input.get(run.inputs[shard.input]!.key);
      return Buffer.from(new TextDecoder().decode(bytes).toUpperCase());
    },
  };
  const versionTwo: AnyJob = defineJob({ ...toyJob, version: 2, steps: [shout] });
  const [OLD, NEW] = ['one\ntwo\nthree\n', 'ONE\nTWO\nTHREE\n'];

  function newCloud(): JobCloud {
    const folder = temporaryFolder();
    const day = join(folder, `shop/actions/${DAY}`);
    mkdirSync(day, { recursive: true });
    for (const [part, line] of ['one', 'two', 'three'].entries()) writeFileSync(join(day, `part-${part}`), `${line}\n`);
    writeFileSync(join(day, '_SUCCESS'), '');
    return new JobCloud({
      job: versionOne,
      client: 'shop',
      day: DAY,
      settings: { inputPath: folder },
      activate: false,
    });
  }

  const model = async (cloud: JobCloud): Promise<string | undefined> => {
    const bytes = (await cloud.published())[`shop/copies/${DAY}/part-00000`];
    return bytes && new TextDecoder().decode(bytes);
  };

  /** Configure, Plan copy, three shards, Publish, Activate. */
  const INVOCATIONS = 7;

  test.each(Array.from({ length: INVOCATIONS }, (_, at) => [at]))(
    'before its invocation %i ends it without a mixture, and the next attempt publishes the new version',
    async (at) => {
      const cloud = newCloud();
      let invocations = 0;
      const overtaken = cloud.run({
        invoke: async (handler, event, call) => {
          if (invocations++ === at) cloud.deploy('build-2', versionTwo);
          return call(handler, event);
        },
      });
      await expect(overtaken).rejects.toMatchObject({
        name: 'DeploymentChangedError',
        message: expect.stringMatching(/^copy-actions, client shop, .*began with build build-1, and build build-2 is/),
      });
      // Activation is the only call after publishing.
      expect(await model(cloud)).toBe(at === INVOCATIONS - 1 ? OLD : undefined);
      await cloud.run();
      expect(await model(cloud)).toBe(NEW);
    },
  );

  test('does not harm a run that has ended', async () => {
    const cloud = newCloud();
    await cloud.run();
    expect(cloud.invocations).toHaveLength(INVOCATIONS);
    cloud.deploy('build-2');
    expect(await cloud.run()).toMatchObject({ done: true, build: 'build-2' });
    expect(await model(cloud)).toBe(OLD);
  });
});
