/** A client's day of all jobs, folded by the functions of the daily machine over stores in memory. */
import { beforeAll, describe, expect, test } from 'vitest';
import { activateJobs } from '../../../functions/day-arrival/activate-jobs.ts';
import { configureJobs } from '../../../functions/day-arrival/configure-jobs.ts';
import { type DailyEnvironment, record } from '../../../functions/day-arrival/daily.ts';
import type { DayJobs } from '../../../functions/day-arrival/day-jobs.ts';
import { foldJobs } from '../../../functions/day-arrival/fold-jobs.ts';
import { recordsOf } from '../../../functions/day-arrival/outcomes.ts';
import { reportDay } from '../../../functions/day-arrival/report-day.ts';
import { smallDayOf } from '../../../functions/examples.ts';
import { JOBS, jobNamed } from '../../../functions/index.ts';
import { configNode } from '../../../shared/activation/nodes.ts';
import type { ConfigNode } from '../../../shared/config/config-root.ts';
import { FolderConfigRoot } from '../../../shared/config/folder-config-root.ts';
import { text } from '../../../shared/config/settings.ts';
import { ActivationUnavailableError } from '../../../shared/errors.ts';
import { readMetrics } from '../../../shared/evaluation/metrics-document.ts';
import { dayOrder } from '../../../shared/job/day-order.ts';
import { type HandlerEvent, handlersOf } from '../../../shared/job/handlers.ts';
import { execute } from '../../../shared/job/interpreter.ts';
import type { AnyJob } from '../../../shared/job/job.ts';
import { readManifest } from '../../../shared/job/manifest.ts';
import { readListIn } from '../../../shared/job/shard-lists.ts';
import { STATE_LIMIT } from '../../../shared/job/state-limit.ts';
import { compileStateMachine } from '../../../shared/job/state-machine.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { dayFolder, reportKey } from '../../../shared/store/keys.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import { linesOfDay } from '../../helpers/retail-logs.ts';
import { contents, textAt } from '../../helpers/store-texts.ts';

/** 2011-12-01, a day with 2,216 lines. */
const DAY = 15_309;
const CLIENT = 'shop';
const OUTPUT = '/memory/output';
const CONFIG = '/memory/config';
const REQUEST = {
  day: DAY,
  run: '0123456789abcdef',
  attempt: 1,
  client: CLIENT,
  requestedAt: '2011-12-10T00:00:00.000Z',
};
const ITEMS = new URL('../../data/onlineretail/items.ndjson.gz', import.meta.url).pathname;
const CLIENT_JOBS = dayOrder(JOBS)
  .flat()
  .filter(({ scope }) => scope === 'client');

/** Passes a value on as text, as Step Functions does. @throws when it is too large for a state */
function passed<T>(value: T): T {
  const json = JSON.stringify(value);
  expect(json.length).toBeLessThan(STATE_LIMIT);
  return JSON.parse(json);
}

/** A root that cannot be read any more once it is closed, as ZooKeeper's. */
class ClosableRoot extends FolderConfigRoot {
  #isClosed = false;

  override async read(path: string): Promise<ConfigNode | undefined> {
    await new Promise(setImmediate);
    if (this.#isClosed) throw new ActivationUnavailableError(`${path} is read after the connection was closed`);
    return super.read(path);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}

class Day {
  readonly output = new MemoryStore(OUTPUT);
  readonly config = new MemoryStore(CONFIG);
  readonly log: string[] = [];
  /** The messages that do not name their job. */
  readonly placeless: string[] = [];
  /** The configuration roots that each function opened. */
  readonly roots: Record<string, number> = {};
  remainingMs = (): number => 900_000;
  readonly #jobs: readonly AnyJob[];

  constructor(jobs: readonly AnyJob[] = JOBS) {
    this.#jobs = jobs;
  }

  async set(job: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.config.put(configNode(CLIENT, job).slice(1), JSON.stringify(settings));
  }

  environment(name: string): DailyEnvironment {
    return {
      openStore: async (location) => (location === OUTPUT ? this.output : openStore(location)),
      openConfigRoot: async () => {
        this.roots[name] = (this.roots[name] ?? 0) + 1;
        return new ClosableRoot(this.config);
      },
      log: (_level, message, fields) => {
        this.log.push(message);
        if (fields?.job === undefined) this.placeless.push(message);
      },
      build: 'test',
      name: 'dev',
      outputRoot: OUTPUT,
      configRoot: CONFIG,
      failureInside: async () => undefined,
      jobs: this.#jobs,
    };
  }

  async configure(request = REQUEST): Promise<DayJobs> {
    return passed(await configureJobs(request, this.environment('configure')));
  }

  async foldFrom(jobs: DayJobs, request = REQUEST): Promise<DayJobs> {
    const environment = Object.assign(this.environment('fold'), { remainingMs: () => this.remainingMs() });
    return passed(await foldJobs({ ...request, jobs }, environment));
  }

  /** Runs all four functions. */
  async fold(request = REQUEST): Promise<DayJobs> {
    const jobs = await this.foldFrom(await this.configure(request), request);
    const folded = passed(await activateJobs({ ...request, jobs }, this.environment('activate')));
    await record({ ...request, folded }, this.environment('record'));
    return folded;
  }

  /** Runs the machine of each job. */
  async fanOut(): Promise<void> {
    for (const job of CLIENT_JOBS) {
      const handlers = handlersOf(job);
      const environment = this.environment(job.name);
      const settings = { inputPath: OUTPUT, outputPath: OUTPUT, startDay: DAY };
      await execute(
        compileStateMachine(job, 0, 'test'),
        { client: CLIENT, requestedAt: REQUEST.requestedAt, configRoot: CONFIG, settings, shards: 3 },
        {
          concurrency: 4,
          startTime: REQUEST.requestedAt,
          readList: readListIn(environment.openStore),
          invoke: (handler, event) => handlers[handler]!(passed(event) as HandlerEvent, environment),
        },
      );
    }
  }

  /** The published files, without the records of live models, which have times. */
  async published(): Promise<Record<string, string>> {
    const all = await contents(this.output);
    return Object.fromEntries(
      Object.entries(all).filter(([key]) => !key.startsWith('.') && !/\/_(live\/|history|verdict|sketch)/.test(key)),
    );
  }
}

/** Returns a day with the actions of a client and a node for each of the jobs. */
async function dayOf(jobs: readonly AnyJob[] = JOBS): Promise<Day> {
  const day = new Day(jobs);
  await addActions(day, DAY);
  for (const job of CLIENT_JOBS) await day.set(job.name, await smallDayOf(job, { itemsPath: ITEMS }));
  return day;
}

/** Gives the client the actions of DAY as those of a day. */
async function addActions(day: Day, of: number): Promise<void> {
  const lines = linesOfDay(DAY, [CLIENT, 'other']).get(CLIENT)!;
  const actions = lines.map((line) => line.slice(line.indexOf('{')));
  const userOf = (line: string): number => JSON.parse(line).userid;
  actions.sort((a, b) => userOf(a) - userOf(b));
  await day.output.put(`${dayFolder(CLIENT, 'actions', of)}part-00000`, `${actions.join('\n')}\n`);
}

const outcomes = (jobs: DayJobs): Record<string, string> =>
  Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [name, job.next === 'record' ? job.outcome.outcome : job.next]),
  );
const all = (outcome: string): Record<string, string> =>
  Object.fromEntries(CLIENT_JOBS.map(({ name }) => [name, outcome]));

test('An evaluation without a node is folded, too, and judges the model of the day before', async () => {
  const [evaluate, factorization] = [jobNamed('evaluate'), jobNamed('matrix-factorization')];
  const day = new Day([factorization, evaluate]);
  await addActions(day, DAY);
  await addActions(day, DAY + 1);
  await day.set(factorization.name, await smallDayOf(factorization, {}));
  expect(outcomes(await day.fold())).toEqual({ evaluate: 'done', 'matrix-factorization': 'done' });
  const next = await day.fold({ ...REQUEST, day: DAY + 1 });
  expect(outcomes(next)).toEqual({ evaluate: 'done', 'matrix-factorization': 'done' });
  const judged = await readMetrics(day.output, CLIENT, DAY + 1);
  expect(judged).toMatchObject({ train: { to: DAY }, test: { from: DAY + 1 } });
  // Everybody did what they had done the day before, so there is nothing new to find.
  expect(judged).toMatchObject({ users: 0, leftOut: { repeat: 1 } });
  const manifest = await readManifest(day.output, dayFolder(CLIENT, 'evaluation', DAY + 1));
  expect(manifest?.counts).toMatchObject({ models: 1 });
}, 60_000);

describe('a folded day of all jobs', () => {
  let folded: Day;
  let fannedOut: Day;

  beforeAll(async () => {
    [folded, fannedOut] = [await dayOf(), await dayOf()];
    await fannedOut.fanOut();
  });

  test('publishes the bytes of a day that is fanned out, and its models are live', async () => {
    expect(outcomes(await folded.fold())).toEqual(all('done'));
    expect(await folded.published()).toEqual(await fannedOut.published());
    for (const { activates } of CLIENT_JOBS) {
      if (activates === undefined) continue;
      const node = `all_clients/${CLIENT}/${activates}`;
      expect(await textAt(folded.config, node)).toBe(await textAt(fannedOut.config, node));
    }
    expect((await recordsOf(folded.output, REQUEST)).get(CLIENT)).toMatchObject({ kind: 'done', attempt: 1 });
  }, 60_000);

  test('names the job in every line of the log', () => {
    expect(folded.log.length).toBeGreaterThan(CLIENT_JOBS.length);
    expect(folded.placeless).toEqual([]);
  });

  test('has a report when it has its record, with the names in the catalogue', async () => {
    const key = reportKey(CLIENT, DAY);
    await reportDay({ ...REQUEST, attempt: REQUEST.attempt + 1 }, folded.environment('report'));
    expect(await folded.output.head(key)).toBeUndefined();
    expect(await reportDay(REQUEST, folded.environment('report'))).toEqual({});
    const page = await textAt(folded.output, key);
    expect(page).toContain(`<h1>${CLIENT}</h1>`);
    expect(page).toContain('jobs made their output');
    expect(folded.log.at(-1)).toBe(`the report is ${OUTPUT}/${key}`);
  });

  test('ends as well when its report cannot be written, and the log says why', async () => {
    const failing = Object.assign(folded.environment('report'), {
      openStore: async () => {
        throw new Error('no store today');
      },
    });
    expect(await reportDay(REQUEST, failing)).toEqual({});
    expect(folded.log.at(-1)).toBe(`no report of client ${CLIENT} was written: Error: no store today`);
  });

  test('reads the configuration in one session, and Fold opens none', () => {
    expect(folded.roots.configure).toBe(1);
    expect(folded.roots.fold).toBeUndefined();
  });

  test('has nothing to do when it is run again', async () => {
    const before = await folded.published();
    const configured = await folded.configure();
    expect(outcomes(configured)).toMatchObject({ 'matrix-factorization': 'done', sessionitems: 'done' });
    expect(outcomes(await folded.fold())).toEqual(all('done'));
    expect(await folded.published()).toEqual(before);
  }, 60_000);

  test('is finished by the fan-out when the time of the process is over in the middle', async () => {
    const day = await dayOf();
    let asked = 0;
    day.remainingMs = () => (++asked <= 40 ? 900_000 : 30_000);
    const jobs = await day.fold();
    expect(Object.values(outcomes(jobs))).toEqual(expect.arrayContaining(['done', 'fanOut']));
    expect((await recordsOf(day.output, REQUEST)).size).toBe(0);
    await day.fanOut();
    expect(await day.published()).toEqual(await fannedOut.published());
  }, 60_000);
});

describe('a folded day with failures', () => {
  const only = (...names: string[]): AnyJob[] => names.map(jobNamed);
  const outcomeOf = async (day: Day, job: string) =>
    (await recordsOf(day.output, REQUEST)).get(CLIENT)?.outcome?.jobs[job];

  test('A wrong configuration is the outcome of its job, jobs that read it are skipped, and the others are done', async () => {
    const day = await dayOf(only('matrix-factorization', 'sessionitems', 'word2vec', 'basketanalysis'));
    await day.set('sessionitems', { maxIntraSessionGapSecs: 'often' });
    expect(outcomes(await day.fold())).toEqual({
      'matrix-factorization': 'done',
      sessionitems: 'failed',
      word2vec: 'skipped',
      basketanalysis: 'done',
    });
    expect(await outcomeOf(day, 'sessionitems')).toEqual({
      outcome: 'failed',
      error: {
        name: 'ConfigError',
        message: expect.stringMatching(/^sessionitems, client shop, step configure: .*maxIntraSessionGapSecs/s),
      },
    });
    expect(await outcomeOf(day, 'word2vec')).toEqual({
      outcome: 'skipped',
      error: {
        name: 'MissingObjectError',
        message: 'word2vec reads what sessionitems writes, and that did not run through',
      },
    });
  }, 60_000);

  test('A client without a job is done, and a warning says that nothing was done for it', async () => {
    const day = new Day();
    expect(await day.fold()).toEqual({});
    expect((await recordsOf(day.output, REQUEST)).get(CLIENT)).toMatchObject({ kind: 'done' });
    expect(day.log.join('\n')).toContain(`has no job for client ${CLIENT} below /all_clients/${CLIENT}`);
  });

  test('A job whose error may pass is fanned out with those that read it, and nobody records the day yet', async () => {
    const day = await dayOf(only('sessionitems', 'word2vec', 'basketanalysis'));
    const get = day.output.get.bind(day.output);
    day.output.get = (key, ...more) => {
      if (key.includes('.work/sessionitems/'))
        return Promise.reject(Object.assign(new Error('slow down'), { name: 'Odd' }));
      return get(key, ...more);
    };
    expect(outcomes(await day.fold())).toEqual({ sessionitems: 'fanOut', word2vec: 'fanOut', basketanalysis: 'done' });
    expect((await recordsOf(day.output, REQUEST)).size).toBe(0);
  }, 60_000);

  test('A job with a secret whose inputs are written on the same day is fanned out, and no secret leaves Configure', async () => {
    const settings = jobNamed('word2vec').settings.extend({ jdbc: text({ secret: true, meaning: 'an address' }) });
    const reader: AnyJob = Object.assign({}, jobNamed('word2vec'), { settings });
    const day = await dayOf([...only('sessionitems', 'cluster-by-dimension'), reader]);
    await day.set('word2vec', { jdbc: 'jdbc:mysql://127.0.0.1:1/shop?user=u&password=canary' });
    await day.set('cluster-by-dimension', { jdbc: 'jdbc:mysql://127.0.0.1:1/shop?user=u&password=canary' });
    const configured = await day.configure();
    expect(outcomes(configured)).toEqual({
      sessionitems: 'fold',
      'cluster-by-dimension': 'fanOut',
      word2vec: 'fanOut',
    });
    const kept: JsonValue = [JSON.stringify(configured), JSON.stringify(await contents(day.output)), day.log];
    expect(JSON.stringify(kept)).not.toContain('canary');
  }, 60_000);
});
