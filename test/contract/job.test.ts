/** Every job of the registry passes the contract, with the example of its folder. */
import { describe } from 'vitest';
import { exampleOf } from '../../functions/examples.ts';
import { JOBS } from '../../functions/index.ts';
import { checkFolders } from '../../shared/job/check.ts';
import { jobFolders } from '../helpers/job-folders.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { jobContract } from './job.contract.ts';

// A job that is not registered would have no tests, and a filter by its name would match nothing. Therefore the file does not
// load when a folder is incomplete or is not registered.
checkFolders(jobFolders());

const EXAMPLES = await Promise.all(JOBS.map(({ name }) => exampleOf(name)));

describe.each(JOBS)('job $name', (job) => jobContract(job, EXAMPLES[JOBS.indexOf(job)]!, temporaryFolder()));
