import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { fpGrowth } from './job.ts';
export const handlers = lambdaHandlers(fpGrowth);
