/** The verdict on models in whole runs. Each input of a blocked model was once activated by mistake. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobNamed } from '../../functions/index.ts';
import { runtimeNode } from '../../shared/activation/nodes.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import { BlockedModelError, EmptyModelError } from '../../shared/errors.ts';
import { uniform, writeActions, writeParts } from '../../shared/example/actions.ts';
import { basketLines, writeBaskets } from '../../shared/example/baskets.ts';
import { writeCatalogue } from '../../shared/example/catalogue.ts';
import { type AnyJob, mapsOf } from '../../shared/job/job.ts';
import { readManifest } from '../../shared/job/manifest.ts';
import { runPrefix } from '../../shared/job/run.ts';
import { SKETCH_KEY, VERDICT_KEY, versionFolder } from '../../shared/store/keys.ts';
import { readSketch } from '../../shared/verdict/sketch.ts';
import type { Verdict } from '../../shared/verdict/verdict.ts';
import { readVerdict, readVerdicts } from '../../shared/verdict/verdict-history.ts';
import { JobCloud } from '../contract/job-cloud.ts';
import { putSteadyEvaluations } from '../helpers/evaluations.ts';
import type { Settings } from '../helpers/memory-run.ts';
import { expectSameBytes, expectSameFiles } from '../helpers/same-bytes.ts';
import { textAt } from '../helpers/store-texts.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DAY = 15_317;

/** Writes an input below the folder and returns the settings that read it. */
type Input = (folder: string) => Settings;

const actions: Input = (folder) => {
  writeActions(folder, 'shop', DAY, { users: 120, items: 60, actions: 3_000, parts: 2 });
  return { inputPath: folder };
};

const actionsAndCatalogue: Input = (folder) => ({
  ...actions(folder),
  itemsPath: writeCatalogue(folder, { items: 60 }),
});

const baskets: Input = (folder) => {
  writeBaskets(folder, `shop/basketanalysis/${DAY}`, basketLines({ baskets: 400, items: 60 }), 2);
  return { inputPath: folder };
};

const sessionsOf =
  (lines: readonly string[]): Input =>
  (folder) => {
    writeParts(join(folder, 'shop', 'sessionitems', String(DAY)), lines, 1);
    return { inputPath: folder };
  };

const random = uniform(5);
const sessionsOfOneItem = sessionsOf(Array.from({ length: 600 }, (_, index) => String(1 + (index % 40))));
const sessionsOfFiveItems = sessionsOf(
  Array.from({ length: 300 }, () => Array.from({ length: 5 }, () => 1 + Math.floor(30 * random())).join(' ')),
);

const WORDS = { vectorSize: 8, minWordCount: 1 };
const FACTORS = { rank: 4, iterations: 3 };

/** Models that must not go live. When another such model is reported, it becomes one more line. */
const BLOCKED: readonly (readonly [job: string, settings: Settings, input: Input, check: string])[] = [
  ['fpgrowth', { minSupport: 0.9 }, baskets, 'empty'],
  ['fpgrowth', { minConfidence: 1 }, baskets, 'empty'],
  ['tagaffinity', { minTagCount: 100_000 }, actionsAndCatalogue, 'empty'],
  ['cluster-by-dimension', { minClusterSize: 100_000 }, actionsAndCatalogue, 'empty'],
  ['word2vec', WORDS, sessionsOfOneItem, 'learned'],
  ['matrix-factorization', { ...FACTORS, lambda: 1000 }, actions, 'learned'],
  ['matrix-factorization', { ...FACTORS, lambda: 5 }, actions, 'learned'],
];

/** The same jobs with settings that give a useful model. */
const PASSED: readonly (readonly [job: string, settings: Settings, input: Input])[] = [
  ['fpgrowth', { minSupport: 0.02 }, baskets],
  ['tagaffinity', { minActionsPerUser: 5, minTagCount: 1, maxAllowedTags: 20 }, actionsAndCatalogue],
  ['cluster-by-dimension', { minClusterSize: 2, delta: 0.02 }, actionsAndCatalogue],
  ['word2vec', WORDS, sessionsOfFiveItems],
  ['matrix-factorization', FACTORS, actions],
  ['matrix-factorization', { ...FACTORS, solver: 'pcg', alpha: 10, lambda: 0.5 }, actions],
];

function newCloud(name: string, input: Input, settings: Settings, activate = true): JobCloud {
  const job: AnyJob = jobNamed(name);
  return new JobCloud({
    job,
    client: 'shop',
    day: DAY,
    settings: { ...input(temporaryFolder()), ...settings },
    activate,
  });
}

/** Returns a cloud with the output and the configuration that an earlier run has left. */
function continued(before: JobCloud, name: string, input: Settings, settings: Settings, day = DAY): JobCloud {
  const cloud = new JobCloud({ job: jobNamed(name), client: 'shop', day, settings: { ...input, ...settings } });
  return Object.assign(cloud, { output: before.output, config: before.config });
}

const activeIn = async (cloud: JobCloud, name: string): Promise<string | undefined> =>
  (await new FolderConfigRoot(cloud.config).read(runtimeNode('shop', jobNamed(name).activates as string)))?.data;

/** Returns the verdict in the work area of the only run. */
async function verdictIn(cloud: JobCloud, name: string): Promise<Verdict> {
  const ids = new Set<string>();
  const folder = `.work/${name}/shop/`;
  for await (const { key } of cloud.output.list(folder)) ids.add(key.slice(folder.length).split('/')[0]!);
  const [id] = [...ids].filter((one) => one !== 'published');
  return (await readVerdict(cloud.output, runPrefix(name, 'shop', id as string) + VERDICT_KEY)) as Verdict;
}

describe.each(BLOCKED)('The useless model of %s with %j', (name, settings, input, check) => {
  test('does not go live, nothing is published, and the error names the check', async () => {
    const cloud = newCloud(name, input, settings);
    const ended = cloud.run({ shards: 1 });
    await expect(ended).rejects.toBeInstanceOf(BlockedModelError);
    await expect(ended).rejects.toThrow(`  ${check}: `);
    expect(await cloud.published()).toEqual({});
    expect(await activeIn(cloud, name)).toBeUndefined();
    const verdict = await verdictIn(cloud, name);
    expect(verdict).toMatchObject({ gate: 'enforce', activate: true, live: null, verdict: 'blocked' });
    const failed = verdict.checks.filter((result) => result.verdict === 'blocked');
    expect(failed.map((result) => result.check)).toContain(check);
  });

  test('goes live under gate warn, and nothing is computed again', async () => {
    const inputSettings = input(temporaryFolder());
    const blocked = newCloud(name, () => inputSettings, settings);
    await expect(blocked.run({ shards: 1 })).rejects.toBeInstanceOf(BlockedModelError);
    const released = continued(blocked, name, inputSettings, { ...settings, gate: 'warn' });
    const run = await released.run({ shards: 1 });
    expect(released.computed()).toEqual({});
    expect(await activeIn(released, name)).toContain(String(DAY));
    expect(Object.keys(await released.published()).length).toBeGreaterThan(0);
    expect(await readVerdict(released.output, runPrefix(name, 'shop', run.id) + VERDICT_KEY)).toMatchObject({
      gate: 'warn',
      verdict: 'warned',
    });
    expect(released.log.join('\n')).toContain(`verdict: ${check}: `);
  });

  test('is published with a warning when it is not to be activated', async () => {
    const cloud = newCloud(name, input, settings, false);
    await cloud.run({ shards: 1 });
    expect(Object.keys(await cloud.published()).length).toBeGreaterThan(0);
    expect(await activeIn(cloud, name)).toBeUndefined();
    expect(await verdictIn(cloud, name)).toMatchObject({ activate: false, verdict: 'warned' });
    expect(cloud.log.join('\n')).toContain(`verdict: ${check}: `);
  });
});

test.each(PASSED)(
  'the useful model of %s with %j passes every check, whatever the number of shards',
  async (name, settings, input) => {
    const inputSettings = input(temporaryFolder());
    const verdicts: Verdict[] = [];
    for (const shards of [1, 3]) {
      const cloud = newCloud(name, () => inputSettings, settings);
      await cloud.run({ shards });
      verdicts.push(await verdictIn(cloud, name));
      expect(await activeIn(cloud, name)).toContain(String(DAY));
    }
    const [first, second] = verdicts as [Verdict, Verdict];
    expect(first.verdict).toBe('passed');
    const results = Object.fromEntries(first.checks.map(({ check, verdict }) => [check, verdict]));
    expect(results).toMatchObject({ empty: 'passed', readable: 'passed', coverage: 'notApplicable' });
    if (jobNamed(name).judge?.learned) expect(results.learned).toBe('passed');
    expect(second.checks).toEqual(first.checks);
  },
);

test('gate off judges no model, and the log says so', async () => {
  const cloud = newCloud('fpgrowth', baskets, { minSupport: 0.9, gate: 'off' });
  await cloud.run({ shards: 1 });
  expect(cloud.log).toContain('gate is off: the model was not judged');
  expect(await verdictIn(cloud, 'fpgrowth')).toMatchObject({ gate: 'off', verdict: null, checks: [] });
});

test.each(['enforce', 'warn', 'off'])('a model without a pair is an error under gate %s', async (gate) => {
  const cloud = newCloud('similar-items', actions, { gate, minItemsPerUser: 1_000 });
  await expect(cloud.run({ shards: 1 })).rejects.toBeInstanceOf(EmptyModelError);
  expect(await cloud.published()).toEqual({});
});

describe('A staged file is read again before it goes live:', () => {
  const job = jobNamed('fpgrowth');
  const last = mapsOf(job).at(-1)!.name;

  /** Runs until the verdict, replaces the file that the last step staged, and goes on. The run must fail. */
  async function runWith(change: (staged: string) => string): Promise<JobCloud> {
    const cloud = newCloud('fpgrowth', baskets, { minSupport: 0.02 });
    let done = false;
    const ended = cloud.run({
      shards: 1,
      invoke: async (handler, event, call) => {
        if (handler === 'verdict' && !done && event.run !== undefined) {
          done = true;
          const key = `${runPrefix(job.name, 'shop', event.run.id)}${event.run.plan}/${last}/00000`;
          await cloud.output.put(key, change(await textAt(cloud.output, key)));
        }
        return call(handler, event);
      },
    });
    await expect(ended).rejects.toThrow();
    const error: unknown = await ended.catch((caught: unknown) => caught);
    expect(await activeIn(cloud, 'fpgrowth')).toBeUndefined();
    throw error;
  }

  test.each([
    ['whose last line is cut', (text: string) => text.slice(0, -10)],
    ['that has lost a line', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['with NaN in place of a number', (text: string) => text.replace(/"lift":[^,]+/, '"lift":NaN')],
    ['that is empty', () => ''],
  ])('a file %s does not go live', async (_fault, change) => {
    await expect(runWith(change)).rejects.toThrow(/readable|damaged/);
  });
});

describe('Rules after days on which the recall of the rules has dropped', () => {
  /** Runs with evaluations of ten days before. */
  async function runWith(settings: Settings, activate = true): Promise<{ cloud: JobCloud; error: unknown }> {
    const cloud = newCloud('fpgrowth', baskets, { minSupport: 0.02, ...settings }, activate);
    for (let day = DAY - 9; day <= DAY; day++) {
      await putSteadyEvaluations(cloud.output, 'shop', [day], { fpgrowth: day > DAY - 3 ? 0.2 : 0.4 });
    }
    const error: unknown = await cloud.run({ shards: 1 }).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    return { cloud, error };
  }
  const qualityIn = async (cloud: JobCloud) =>
    (await verdictIn(cloud, 'fpgrowth')).checks.find(({ check }) => check === 'quality')?.verdict;

  test('go live with a warning that says what was lost', async () => {
    const { cloud, error } = await runWith({});
    expect(error).toBeUndefined();
    expect(await activeIn(cloud, 'fpgrowth')).toContain(String(DAY));
    expect(await verdictIn(cloud, 'fpgrowth')).toMatchObject({ gateQuality: 'warn', verdict: 'warned' });
    expect(cloud.log.join('\n')).toMatch(/verdict: quality: recall of the users served is 0\.2/);
  });

  test('do not go live when gateQuality is block, and gate warn releases them', async () => {
    const { cloud, error } = await runWith({ gateQuality: 'block' });
    expect(error).toBeInstanceOf(BlockedModelError);
    expect((error as Error).message).toContain('  quality: recall of the users served is 0.2');
    expect(await activeIn(cloud, 'fpgrowth')).toBeUndefined();
    const released = await runWith({ gateQuality: 'block', gate: 'warn' });
    expect([released.error, await qualityIn(released.cloud)]).toEqual([undefined, 'warned']);
    const published = await runWith({ gateQuality: 'block' }, false);
    expect([published.error, await qualityIn(published.cloud)]).toEqual([undefined, 'warned']);
  });

  test('are not looked at when gateQuality is off', async () => {
    const { cloud, error } = await runWith({ gateQuality: 'off' });
    expect([error, await qualityIn(cloud)]).toEqual([undefined, undefined]);
    expect(await verdictIn(cloud, 'fpgrowth')).toMatchObject({ gateQuality: 'off', verdict: 'passed' });
  });
});

test('a blocked run leaves the live model as it is', async () => {
  const input = baskets(temporaryFolder());
  const first = newCloud('fpgrowth', () => input, { minSupport: 0.02 });
  await first.run({ shards: 1 });
  const live = await activeIn(first, 'fpgrowth');
  const published = await first.published();
  const second = continued(first, 'fpgrowth', input, { minSupport: 0.9 });
  await expect(second.run({ shards: 1 })).rejects.toBeInstanceOf(BlockedModelError);
  expect(await activeIn(second, 'fpgrowth')).toBe(live);
  expectSameFiles(await second.published(), published);
});

test('a sketch that was damaged in the work area is written again before it is published', async () => {
  const input = baskets(temporaryFolder());
  const blocked = newCloud('fpgrowth', () => input, { minSupport: 0.9 });
  await expect(blocked.run({ shards: 1 })).rejects.toBeInstanceOf(BlockedModelError);
  const [id] = (await readVerdicts(blocked.output, 'shop', 'assocrules')).map(({ run }) => run);
  const key = runPrefix('fpgrowth', 'shop', id as string) + SKETCH_KEY;
  const { bytes } = await blocked.output.get(key);
  await blocked.output.put(key, bytes.subarray(0, bytes.length / 2));
  await continued(blocked, 'fpgrowth', input, { minSupport: 0.9, gate: 'warn' }).run({ shards: 1 });
  const version = versionFolder('shop', 'assocrules', DAY, id as string);
  expectSameBytes((await blocked.output.get(`${version}_sketch`)).bytes, bytes, '_sketch');
});

test('a damaged sketch of the live model does not keep a later day from going live', async () => {
  const folder = temporaryFolder();
  for (const day of [DAY, DAY + 1]) {
    writeBaskets(folder, `shop/basketanalysis/${day}`, basketLines({ baskets: 400, items: 60, seed: day }), 1);
  }
  const settings = { minSupport: 0.02 };
  const first = newCloud('fpgrowth', () => ({ inputPath: folder }), settings);
  const run = await first.run({ shards: 1 });
  await first.output.put(`${versionFolder('shop', 'assocrules', DAY, run.id)}_sketch`, '');
  const second = continued(first, 'fpgrowth', { inputPath: folder }, settings, DAY + 1);
  await second.run({ shards: 1 });
  expect(await activeIn(second, 'fpgrowth')).toContain(String(DAY + 1));
});

describe('A run that was published without activation and is then run with it', () => {
  const settings = { minSupport: 0.02 };

  test('is judged again when its verdict is damaged, and the log says so', async () => {
    const input = baskets(temporaryFolder());
    const first = newCloud('fpgrowth', () => input, settings, false);
    const run = await first.run({ shards: 1 });
    await first.output.delete('shop/models/assocrules/_history.json');
    await first.output.put(`${versionFolder('shop', 'assocrules', DAY, run.id)}_verdict.json`, '{"gate":');
    const second = continued(first, 'fpgrowth', input, settings);
    await second.run({ shards: 1 });
    expect(second.log.join('\n')).toContain('_verdict.json is damaged');
    expect(await activeIn(second, 'fpgrowth')).toContain(String(DAY));
  });

  test.each([
    ['without activate', false, 'enforce', settings, true],
    ['under gate off', true, 'off', settings, true],
    ['without activate, and empty', false, 'enforce', { minSupport: 0.9 }, false],
  ])(
    'is judged without computing again, after it was published %s',
    async (_case, activate, gate, ruleSettings, passes) => {
      const input = baskets(temporaryFolder());
      const first = newCloud('fpgrowth', () => input, { ...ruleSettings, gate }, activate);
      const run = await first.run({ shards: 1 });
      // The runtime node is removed, so that the model is published and not live, as an older pipeline could leave it.
      for await (const { key } of first.config.list('')) if (!key.endsWith('/fpgrowth')) await first.config.delete(key);
      const second = continued(first, 'fpgrowth', input, ruleSettings);
      const ended = second.run({ shards: 1 });
      if (passes) await ended;
      else await expect(ended).rejects.toThrow('empty: there is no line');
      expect(second.computed()).toEqual({});
      expect(second.invocations.map(({ handler }) => handler)).toEqual(
        passes ? ['configure', 'verdict', 'publish', 'activate'] : ['configure'],
      );
      const verdicts = await readVerdicts(second.output, 'shop', 'assocrules');
      expect(verdicts.map((each) => [each.run, each.gate, each.activate, each.verdict])).toEqual([
        [run.id, gate, activate, gate === 'off' ? null : passes ? 'passed' : 'warned'],
        [run.id, 'enforce', true, passes ? 'passed' : 'blocked'],
      ]);
      expect((await activeIn(second, 'fpgrowth')) !== undefined).toBe(passes);
    },
  );
});

test('the error of the third blocked run in a row names the command that releases the model', async () => {
  const folder = temporaryFolder();
  const days = [0, 1, 2].map((more) => DAY + more);
  for (const day of days) {
    writeBaskets(folder, `shop/basketanalysis/${day}`, basketLines({ baskets: 100, items: 60, seed: day }), 1);
  }
  const messages: string[] = [];
  let cloud = newCloud('fpgrowth', () => ({ inputPath: folder }), { minSupport: 0.9 });
  for (const day of days) {
    cloud = continued(cloud, 'fpgrowth', { inputPath: folder }, { minSupport: 0.9 }, day);
    // The run is started twice and counts once.
    await expect(cloud.run({ shards: 1 })).rejects.toBeInstanceOf(BlockedModelError);
    const error: unknown = await cloud.run({ shards: 1 }).catch((caught: unknown) => caught);
    messages.push((error as Error).message);
  }
  expect(messages.map((message) => message.includes('in a row'))).toEqual([false, false, true]);
  const release = `offline run fpgrowth --client shop --start-day ${DAY + 2} --set gate=warn`;
  expect(messages[2]).toContain(`blocked 3 times in a row. If it is right, this command makes it live: ${release}`);
  const verdicts = await readVerdicts(cloud.output, 'shop', 'assocrules');
  expect(verdicts.map(({ day, verdict }) => [day, verdict])).toEqual(days.map((day) => [day, 'blocked']));
  await continued(cloud, 'fpgrowth', { inputPath: folder }, { minSupport: 0.9, gate: 'warn' }, DAY + 2).run({
    shards: 1,
  });
  expect((await readVerdicts(cloud.output, 'shop', 'assocrules')).at(-1)?.verdict).toBe('warned');
});

test('a model that lost most of its items does not go live, and the error gives the share that is gone', async () => {
  const folder = temporaryFolder();
  const days = Array.from({ length: 9 }, (_, index) => DAY + index);
  for (const day of days) {
    // On the last day only a sixth of the items is left.
    const items = day === days.at(-1) ? 10 : 60;
    writeBaskets(folder, `shop/basketanalysis/${day}`, basketLines({ baskets: 400, items, seed: day }), 1);
  }
  const settings = { minSupport: 0.02 };
  let cloud = newCloud('fpgrowth', () => ({ inputPath: folder }), settings);
  for (const day of days.slice(0, -1)) {
    cloud = continued(cloud, 'fpgrowth', { inputPath: folder }, settings, day);
    const run = await cloud.run({ shards: 1 });
    // The version has the verdict with which it went live, and the sketch of its items.
    const version = versionFolder('shop', 'assocrules', day, run.id);
    expect(await readVerdict(cloud.output, `${version}_verdict.json`)).toMatchObject({
      run: run.id,
      verdict: 'passed',
    });
    const sketch = await readSketch(cloud.output, `${version}_sketch`);
    expect(sketch?.items?.ids).toBe((await readManifest(cloud.output, version))?.counts.frequentItems);
  }
  const live = await activeIn(cloud, 'fpgrowth');
  cloud = continued(cloud, 'fpgrowth', { inputPath: folder }, settings, days.at(-1));
  const error: unknown = await cloud.run({ shards: 1 }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(BlockedModelError);
  expect((error as Error).message).toMatch(
    /coverage: \d+ frequentItems, while the smallest of 8 earlier outputs has \d+; of the live model, \d+\.\d % of the items are gone/,
  );
  expect(await activeIn(cloud, 'fpgrowth')).toBe(live);
  expect((await readVerdicts(cloud.output, 'shop', 'assocrules')).at(-1)?.live).toEqual({
    day: days.at(-2),
    run: expect.any(String),
  });
});
