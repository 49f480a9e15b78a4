/**
 * The deployed pipeline, tried only from outside: logs are put, executions and outputs looked at. One deployment serves
 * all of it; the suites keep to days and clients of their own, and those that mostly wait run at the same time.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type DeployedPipeline, deployPipeline } from '../helpers/deployed-pipeline.ts';
import { runSql } from '../helpers/mariadb.ts';
import { PipelineOutside } from '../helpers/pipeline-outside.ts';
import { arrivalSuite } from './pipeline/arrival.ts';
import { daySuite } from './pipeline/day.ts';
import { faultSuite } from './pipeline/faults.ts';
import { repairSuite } from './pipeline/repair.ts';

/** The first time in a clone the emulator is installed: a minute. The rest is room for a machine that is busy. */
const DEPLOYED_WITHIN_MS = 600_000;
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

test('the services that jobs may need are up: the database answers', async () => {
  const { mariaDb } = pipeline().deployed;
  await mariaDb.create('catalogue');
  await runSql(mariaDb, 'catalogue', ['create table item (item_id int)', 'select count(*) from item']);
});

describe('a day arrives', () => daySuite(pipeline));

describe.concurrent('then, at the same time', () => {
  describe('faults', () => faultSuite(pipeline));
  describe('days', () => {
    repairSuite(pipeline);
    arrivalSuite(pipeline, QUIET_SECONDS);
  });
});
