import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { itemCounts } from './job.ts';
export const handlers = lambdaHandlers(itemCounts);
