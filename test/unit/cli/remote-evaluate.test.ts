/** An evaluation by a deployed pipeline: its functions name runs, and its machines run them. Here both are worker threads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EvaluateOptions } from '../../../cli/evaluation-request.ts';
import { WorkerPool } from '../../../cli/local/pool.ts';
import { remoteRequest } from '../../../cli/remote/evaluate.ts';
import { remoteRunner } from '../../../cli/remote/remote-runner.ts';
import { evaluateVariants } from '../../../shared/evaluation/evaluate-variants.ts';
import { isTrained } from '../../../shared/evaluation/trainings.ts';
import { writeActions } from '../../../shared/example/actions.ts';
import { SimulatedDeployment } from '../../helpers/simulated-deployment.ts';

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

/** Returns a deployment whose client has nodes of two jobs, and reads sessions in place of baskets. */
function deploymentIn(pool: WorkerPool): SimulatedDeployment {
  const deployment = new SimulatedDeployment(pool);
  for (let day = LAST - 2; day <= LAST; day++) {
    writeActions(deployment.root, 'shop', day, { users: 40, items: 15, actions: 300, parts: 1, seed: day });
  }
  deployment.enabled = {
    fpgrowth: true,
    'similar-items': true,
    word2vec: false,
    'fpgrowth reads': { basketanalysis: false, sessionitems: true },
  };
  return deployment;
}

const machinesOf = ({ started }: SimulatedDeployment): string[] => started.map(({ machine }) => machine);

async function evaluateIn(deployment: SimulatedDeployment) {
  const { request, enabled } = await remoteRequest(OPTIONS, deployment);
  return evaluateVariants(
    request,
    remoteRunner(deployment, enabled, () => sleep(2)),
  );
}

test('Machines train below the deployment’s root, sources first, and what is there is not started again', async () => {
  await using pool = new WorkerPool(2, 512);
  const deployment = deploymentIn(pool);
  const { metrics } = await evaluateIn(deployment);
  expect(metrics.scorers.map(({ name }) => name)).toEqual([
    ...['few', 'fpgrowth', 'often', 'popularity', 'recent-popularity', 'similar-items'],
  ]);
  // The node says that sessions are read; baskets are the default, which a variant might ask for.
  expect(machinesOf(deployment).slice(0, 2).toSorted()).toEqual(['basketanalysis', 'sessionitems']);
  expect(machinesOf(deployment).slice(2).toSorted()).toEqual(
    ['evaluate', 'fpgrowth', 'fpgrowth', 'similar-items', 'similar-items'].toSorted(),
  );
  expect(machinesOf(deployment).at(-1)).toBe('evaluate');
  for (const { input } of deployment.started) {
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
  const deployment = deploymentIn(pool);
  const message = 'fpgrowth, client shop, step mine: too many item sets';
  deployment.failure = (machine) => (machine === 'fpgrowth' ? { name: 'LimitError', message } : undefined);
  const { metrics, trainings } = await evaluateIn(deployment);
  expect(metrics.scorers.map(({ job }) => job).filter((job) => job !== null)).toEqual([
    'similar-items',
    'similar-items',
  ]);
  const failed = trainings.filter((training) => !isTrained(training));
  expect(failed).toHaveLength(2);
  expect(failed[0]).toMatchObject({
    error: { name: 'LimitError', message },
  });
});

test('Roots and configuration are those of the environment', async () => {
  await using pool = new WorkerPool(1, 512);
  const deployment = deploymentIn(pool);
  await expect(remoteRequest({ ...OPTIONS, outputPath: '/x' }, deployment)).rejects.toThrow(
    /--output-path cannot be given with --env/,
  );
  await expect(remoteRequest({ ...OPTIONS, variant: ['few:limit=0'] }, deployment)).rejects.toThrow(
    /limit is "0" in --variant few/,
  );
});
