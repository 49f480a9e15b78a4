/**
 * The deployed pipeline, tested only from outside: the tests put logs and read executions and outputs. All suites share one
 * deployment. Each has its own days and clients, so suites that mostly wait run at the same time.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type DeployedPipeline, deployPipeline } from '../helpers/deployed-pipeline.ts';
import { PipelineOutside } from '../helpers/pipeline-outside.ts';
import { allJobsSuite } from './pipeline/all-jobs.ts';
import { arrivalSuite } from './pipeline/arrival.ts';
import { costSuite } from './pipeline/cost.ts';
import { daySuite } from './pipeline/day.ts';
import { deploymentSuite } from './pipeline/deployment.ts';
import { evaluationSuite } from './pipeline/evaluation.ts';
import { faultSuite } from './pipeline/faults.ts';
import { repairSuite } from './pipeline/repair.ts';

/** A deployment takes a minute, and one more when the emulator must be installed. The rest is room for a busy machine. */
const DEPLOYED_WITHIN_MS = 900_000;
const QUIET_SECONDS = 5;

let deployed: DeployedPipeline | undefined;
let outside: PipelineOutside | undefined;

beforeAll(async () => {
  deployed = await deployPipeline({ environment: 'it', quietSeconds: QUIET_SECONDS });
  outside = new PipelineOutside(deployed);
}, DEPLOYED_WITHIN_MS);

afterAll(async () => {
  await outside?.[Symbol.asyncDispose]();
  await deployed?.[Symbol.asyncDispose]();
});

const pipeline = () => outside as PipelineOutside;

describe('When the logs of a day arrive', () => daySuite(pipeline));

describe('On a day of all jobs', () => allJobsSuite(pipeline));

describe('On the second day of a client', () => evaluationSuite(pipeline));

describe('The cost of a run:', () => costSuite(pipeline));

describe('When a new version is deployed,', () => deploymentSuite(pipeline));

describe.concurrent('At the same time,', () => {
  describe('with faults in runs', () => faultSuite(pipeline));
  describe('with faults in the arrival of days', () => {
    repairSuite(pipeline);
    arrivalSuite(pipeline, QUIET_SECONDS);
  });
});
