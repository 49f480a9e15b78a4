/**
 * The deployed pipeline, tried only from outside: logs are put, executions and outputs looked at. One deployment serves
 * all of it; the suites keep to days and clients of their own, and those that mostly wait run at the same time.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type DeployedPipeline, deployPipeline } from '../helpers/deployed-pipeline.ts';
import { PipelineOutside } from '../helpers/pipeline-outside.ts';
import { allJobsSuite } from './pipeline/all-jobs.ts';
import { arrivalSuite } from './pipeline/arrival.ts';
import { costSuite } from './pipeline/cost.ts';
import { daySuite } from './pipeline/day.ts';
import { faultSuite } from './pipeline/faults.ts';
import { repairSuite } from './pipeline/repair.ts';

/** A minute; the first time in a clone one more, to install the emulator. The rest is room for a machine that is busy. */
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

describe('a day arrives', () => daySuite(pipeline));

describe('a day of all jobs', () => allJobsSuite(pipeline));

describe('what a run costs', () => costSuite(pipeline));

describe.concurrent('then, at the same time', () => {
  describe('faults', () => faultSuite(pipeline));
  describe('days', () => {
    repairSuite(pipeline);
    arrivalSuite(pipeline, QUIET_SECONDS);
  });
});
