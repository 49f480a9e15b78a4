/** Every job of the registry passes the contract, with the example of its folder. */
import { describe } from 'vitest';
import { exampleOf } from '../../functions/examples.ts';
import { JOBS } from '../../functions/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { jobContract } from './job.contract.ts';

const EXAMPLES = await Promise.all(JOBS.map(({ name }) => exampleOf(name)));

describe.each(JOBS)('job $name', (job) => jobContract(job, EXAMPLES[JOBS.indexOf(job)]!, temporaryFolder()));
