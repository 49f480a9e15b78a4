/**
 * The usage of runs of several sizes: each run's own account is compared with the requests at the proxy, and with the
 * prediction from the size of its input.
 */
import { expect, test } from 'vitest';
import { jobNamed } from '../../../functions/index.ts';
import { fitModel } from '../../../shared/cost/fit.ts';
import { type Prediction, predict, transitionsOf } from '../../../shared/cost/predict.ts';
import { foldedTransitions } from '../../../shared/cost/predict-folded.ts';
import { gigabyteSeconds, type InputSize, isAccounted, type RunUsage } from '../../../shared/cost/usage.ts';
import { defined } from '../../../shared/defined.ts';
import { actionLines } from '../../../shared/example/actions.ts';
import { dayFolder, jobWorkFolder } from '../../../shared/store/keys.ts';
import type { ProxiedRequest } from '../../helpers/http-proxy.ts';
import type { PipelineOutside } from '../../helpers/pipeline-outside.ts';
import { WITHIN_MS } from './options.ts';

const JOB = jobNamed('matrix-factorization');
const DAY = 20_000;
const SETTINGS = { rank: 8, iterations: 1, fold: 'never' };
type Size = readonly [actions: number, shards?: number];
/** Inputs that are so large that objects are read in several requests. */
const FITTED: readonly Size[] = [[200_000], [200_000, 4], [500_000]];
const PREDICTED: readonly Size[] = [[250_000], [300_000, 2], [400_000, 3]];
/** The allowed relative error of the predicted number of requests. */
const TOLERANCE = 0.02;
/** Settings that make a file of users' vectors of about 12 MB. */
const LONG_ROWS = { rank: 128, iterations: 1, fold: 'never' };
/** A run that one process does. */
const FOLDED = { rank: 8, iterations: 1 };

interface Used {
  readonly usage: RunUsage;
  /** The requests that the proxy counted. */
  readonly seen: { readonly gets: number; readonly puts: number; readonly lists: number };
  /** The state transitions in the histories of the executions. */
  readonly transitions: number;
  readonly shards: number;
}

export function costSuite(pipeline: () => PipelineOutside): void {
  /** Runs the job for a client of its own, so that the verdict has no earlier outputs to compare with. */
  async function run(client: string, [actions, shards]: Size, runSettings: object = SETTINGS): Promise<Used> {
    const lines = actionLines({ users: actions / 20, items: 3_000, actions, parts: 1, seed: actions });
    await pipeline().outputs.put(`${dayFolder(client, 'actions', DAY)}part-00000`, `${lines.join('\n')}\n`);
    const from = pipeline().deployed.s3Proxy.requests.length;
    const execution = await pipeline().startExecution(
      pipeline().machine(JOB.name),
      defined({
        client,
        settings: { ...runSettings, startDay: DAY, activate: false },
        shards,
      }),
    );
    const ended = await pipeline().ended(execution);
    expect(ended, ended.cause).toMatchObject({ status: 'SUCCEEDED' });
    const { id } = JSON.parse(ended.output as string).run.ref;
    const key = `${jobWorkFolder(JOB.name, client)}${id}/usage.json`;
    const usage = JSON.parse(new TextDecoder().decode((await pipeline().outputs.get(key)).bytes)) as RunUsage;
    const items = (await pipeline().statesEntered(execution)).map((state) => state.items ?? 0);
    const entered = (await pipeline().history(execution)).filter(({ type }) => type?.endsWith('StateEntered')).length;
    const mapped = items.reduce((sum, count) => sum + count, 0);
    return {
      usage,
      seen: byPrice(pipeline().deployed.s3Proxy.requests.slice(from)),
      transitions: entered + mapped,
      shards: mapped,
    };
  }

  const total = (usage: RunUsage, of: (step: RunUsage['steps'][number]) => number): number =>
    usage.steps.reduce((sum, step) => sum + of(step), 0);

  const accounted = (usage: RunUsage): Used['seen'] => ({
    gets: total(usage, ({ gets }) => gets),
    puts: total(usage, ({ puts }) => puts),
    lists: total(usage, ({ lists }) => lists),
  });

  test(
    'a run’s account has all of its requests, and accounts of some sizes predict the requests of other sizes',
    async () => {
      const fitted: Used[] = [];
      const predicted: { used: Used; prediction: (model: ReturnType<typeof fitModel>) => Prediction }[] = [];
      for (const [index, size] of FITTED.entries()) fitted.push(await run(`fitted-${index}`, size));
      for (const [index, size] of PREDICTED.entries()) {
        const used = await run(`predicted-${index}`, size);
        const input: InputSize = used.usage.input;
        predicted.push({
          used,
          prediction: (model) => predict(JOB, model, SETTINGS, input, { shards: size[1], earlierOutputs: 0 }),
        });
      }

      for (const { usage, seen, transitions, shards } of [...fitted, ...predicted.map(({ used }) => used)]) {
        // Without activation, the step `activate` makes no request to S3 and is not in the account.
        expect(isAccounted(JOB, 'activate')).toBe(false);
        expect(accounted(usage)).toEqual(seen);
        expect(transitionsOf(JOB, (step) => usage.steps.find((one) => one.step === step)?.invocations ?? 0)).toBe(
          transitions,
        );
        expect(shards).toBeGreaterThan(0);
        for (const step of usage.steps) expect(step.seconds, step.step).toBeGreaterThan(0);
      }
      const model = fitModel(
        JOB,
        fitted.map(({ usage }) => withoutAccount(usage)),
      );
      for (const { used, prediction } of predicted) {
        const { shards, transitions, gets, puts, lists, gbSeconds } = prediction(model);
        expect({ shards, transitions }).toEqual({ shards: used.shards, transitions: used.transitions });
        const requests = used.seen.gets + used.seen.puts + used.seen.lists;
        const error = (gets + puts + lists) / requests - 1;
        expect(Math.abs(error), `${gets + puts + lists} for ${requests}`).toBeLessThanOrEqual(TOLERANCE);
        // The time is printed and not asserted, because other tests use the same two cores.
        const usedSeconds = total(used.usage, gigabyteSeconds);
        process.stdout.write(`GB-seconds: ${gbSeconds.toFixed(1)} predicted, ${usedSeconds.toFixed(1)} used\n`);
      }
    },
    WITHIN_MS,
  );

  test(
    'a folded run enters six states, and its account has all of its requests',
    async () => {
      const { usage, seen, transitions } = await run('folded', [20_000], FOLDED);
      expect(usage.folded).toBe(true);
      expect(accounted(usage)).toEqual(seen);
      expect(transitions).toBe(foldedTransitions(JOB));
      const { usage: whole, seen: fannedOut, transitions: many } = await run('unfolded', [20_000]);
      expect(whole.folded).toBeUndefined();
      expect(many).toBeGreaterThan(5 * transitions);
      // No invocation leaves a mark.
      expect(seen.puts).toBeLessThan(fannedOut.puts);
      const seconds = (of: RunUsage) => total(of, (step) => step.seconds).toFixed(1);
      process.stdout.write(
        `folded: ${transitions} transitions, ${seconds(usage)} s, ${JSON.stringify(seen)}; ` +
          `fanned out: ${many} transitions, ${seconds(whole)} s, ${JSON.stringify(fannedOut)}\n`,
      );
    },
    WITHIN_MS,
  );

  test(
    'a large file is published by a copy within S3, and the account has the requests of the copy',
    async () => {
      const client = 'long-rows';
      const from = pipeline().deployed.s3Proxy.requests.length;
      const { usage, seen } = await run(client, [200_000], LONG_ROWS);
      expect(accounted(usage)).toEqual(seen);
      /** Returns the methods of the requests to the object whose key ends so. */
      const methodsOf = (end: string) =>
        pipeline()
          .deployed.s3Proxy.requests.slice(from)
          .flatMap(({ method, path }) => (path.endsWith(end) ? [method] : []));
      const folder = dayFolder(client, JOB.writes, DAY);
      // A copy has a request for its begin, one for its only part and one for its end. A small file is written again.
      expect(methodsOf(`${folder}userFeatures.txt`)).toEqual(['POST', 'PUT', 'POST']);
      expect(methodsOf(`${folder}productFeatures.txt`)).toEqual(['PUT']);
      // The staged files: a shard checks whether it is done and writes its file, the verdict reads and counts the lines, and
      // publishing asks for the size of the file.
      const judged = ['HEAD', ...new Array<string>(10).fill('GET')];
      expect(methodsOf('/merge/00002')).toEqual(['HEAD', 'POST', 'PUT', 'PUT', 'POST', ...judged, 'HEAD']);
      expect(methodsOf('/merge/00000')).toEqual(['HEAD', 'PUT', ...judged, 'HEAD', 'GET']);
      expect(methodsOf('/merge/00002.sha256')).toEqual(['PUT', 'GET']);
    },
    WITHIN_MS,
  );
}

/**
 * Returns the usage without the requests for the account. They are not the work of a step, so a model is fitted to runs of this
 * machine, which have none of them, and a prediction adds them.
 */
function withoutAccount(usage: RunUsage): RunUsage {
  const steps = usage.steps.map((step) => {
    const puts = step.puts - step.invocations;
    if (step.step !== 'publish') return { ...step, puts };
    // The invocation that publishes lists the marks, looks at the plan and writes the account.
    return { ...step, puts: puts - 1, gets: step.gets - 1, lists: step.lists - 1 };
  });
  return { ...usage, steps };
}

/** Counts requests by their price. A GET of the bucket itself is a listing. */
function byPrice(requests: readonly ProxiedRequest[]): Used['seen'] {
  const lists = requests.filter(({ method, path }) => method === 'GET' && /^\/[^/]+\/?$/.test(path)).length;
  const count = (...methods: string[]) => requests.filter(({ method }) => methods.includes(method)).length;
  return { gets: count('GET', 'HEAD') - lists, puts: count('PUT', 'POST'), lists };
}
