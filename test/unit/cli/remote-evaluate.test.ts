/** An evaluation by a deployed pipeline: its functions name runs, and its machines run them. Here both are worker threads. */
import { expect, test } from 'vitest';
import type { EvaluateOptions } from '../../../cli/evaluation-request.ts';
import { localRunner } from '../../../cli/local/local-runner.ts';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { remoteRequest } from '../../../cli/remote/evaluate.ts';
import type { Remote } from '../../../cli/remote/remote.ts';
import { remoteRunner } from '../../../cli/remote/remote-runner.ts';
import { jobNamed } from '../../../functions/index.ts';
import { evaluateVariants } from '../../../shared/evaluation/evaluate-variants.ts';
import { isTrained } from '../../../shared/evaluation/trainings.ts';
import { writeActions } from '../../../shared/example/actions.ts';
import type { ExecutionStatus } from '../../../shared/job/executions.ts';
import type { TimedInput } from '../../../shared/job/gather.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const LAST = 15_317;
const OPTIONS: EvaluateOptions = {
  client: 'shop',
  startDay: LAST,
  days: 2,
  holdoutDays: 1,
  jobs: 'fpgrowth,similar-items',
  variant: ['few:limit=2', 'often:minSupport=2e-3'],
  cutoff: 5,
  testUsers: 100,
  seed: 1,
};

/** A deployment whose client has nodes of two jobs, and reads sessions in place of baskets. */
class Deployment implements Remote {
  readonly environment = 'dev';
  readonly root = temporaryFolder();
  readonly started: string[] = [];
  readonly inputs: JsonValue[] = [];
  readonly #ends = new Map<string, ExecutionStatus>();
  readonly #runs;
  /** Job → the error with which its executions end. */
  readonly failing = new Map<string, string>();

  constructor(pool: WorkerPool) {
    this.#runs = localRunner(pool);
    for (let day = LAST - 2; day <= LAST; day++) {
      writeActions(this.root, 'shop', day, { users: 40, items: 15, actions: 300, parts: 1, seed: day });
    }
  }

  readonly executions = {
    start: async (machine: string, name: string, input: JsonValue) => {
      this.started.push(machine);
      this.inputs.push(input);
      if (this.failing.has(machine)) this.#ends.set(name, 'FAILED');
      else {
        await this.#runs.run(jobNamed(machine), input as TimedInput, machine);
        this.#ends.set(name, 'SUCCEEDED');
      }
      return true;
    },
    status: async (_machine: string, name: string) => this.#ends.get(name),
  };
  machine = async (component: string) => component;
  deployed = async () => [];
  invoke = async (component: string, handler: string, payload: JsonValue): Promise<JsonValue> => {
    if (component === 'daily' && handler === 'enabled') {
      return {
        fpgrowth: true,
        'similar-items': true,
        word2vec: false,
        'fpgrowth reads': { basketanalysis: false, sessionitems: true },
      };
    }
    const { input, requestedAt } = payload as { input: TimedInput; requestedAt: string };
    const { id, day, client, output } = await this.#runs.configure(
      jobNamed(component),
      { ...input, requestedAt },
      component,
    );
    return { id, day, client, output, done: false, activation: null, notActivated: null };
  };
  outputRoot = async () => this.root;
  describe = async (machine: string, name: string) => ({
    arn: name,
    name,
    status: 'FAILED' as const,
    started: '',
    stopped: null,
    input: {},
    output: null,
    error: 'States.TaskFailed',
    cause: JSON.stringify({ errorType: 'LimitError', errorMessage: this.failing.get(machine) }),
  });
  list = async () => [];
  progress = async () => ({ state: 'solve', shards: null });
  failureInside = async () => undefined;
  history = async () => [];
}

async function evaluateIn(deployment: Deployment) {
  const { request, enabled } = await remoteRequest(OPTIONS, deployment);
  return evaluateVariants(
    request,
    remoteRunner(deployment, enabled, async () => undefined),
  );
}

test('Machines train below the deployment’s root, sources first, and what is there is not started again', async () => {
  await using pool = new WorkerPool(2, 512);
  const deployment = new Deployment(pool);
  const { metrics } = await evaluateIn(deployment);
  expect(metrics.scorers.map(({ name }) => name)).toEqual([
    ...['few', 'fpgrowth', 'often', 'popularity', 'recent-popularity', 'similar-items'],
  ]);
  // The node says that sessions are read; baskets are the default, which a variant might ask for.
  expect(deployment.started.slice(0, 2).toSorted()).toEqual(['basketanalysis', 'sessionitems']);
  expect(deployment.started.slice(2).toSorted()).toEqual(
    ['evaluate', 'fpgrowth', 'fpgrowth', 'similar-items', 'similar-items'].toSorted(),
  );
  expect(deployment.started.at(-1)).toBe('evaluate');
  for (const input of deployment.inputs) {
    expect(input).toMatchObject({
      client: 'shop',
      settings: { outputPath: `${deployment.root}/.work/evaluate/shop`, activate: false },
    });
  }
  const started = deployment.started.length;
  expect((await evaluateIn(deployment)).metrics).toEqual(metrics);
  expect(deployment.started).toHaveLength(started);
});

test('An execution that fails is reported with its cause, and the others are evaluated', async () => {
  await using pool = new WorkerPool(2, 512);
  const deployment = new Deployment(pool);
  deployment.failing.set('fpgrowth', 'fpgrowth, client shop, step mine: too many item sets');
  const { metrics, trainings } = await evaluateIn(deployment);
  expect(metrics.scorers.map(({ job }) => job).filter((job) => job !== null)).toEqual([
    'similar-items',
    'similar-items',
  ]);
  const failed = trainings.filter((training) => !isTrained(training));
  expect(failed).toHaveLength(2);
  expect(failed[0]).toMatchObject({
    error: { name: 'LimitError', message: 'fpgrowth, client shop, step mine: too many item sets' },
  });
});

test('Roots and configuration are those of the environment', async () => {
  await using pool = new WorkerPool(1, 512);
  const deployment = new Deployment(pool);
  await expect(remoteRequest({ ...OPTIONS, outputPath: '/x' }, deployment)).rejects.toThrow(
    /--output-path cannot be given with --env/,
  );
  await expect(remoteRequest({ ...OPTIONS, variant: ['few:limit=0'] }, deployment)).rejects.toThrow(
    /limit is "0" in --variant few/,
  );
});
