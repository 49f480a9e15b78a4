import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { similarItems } from './job.ts';
export const handlers = lambdaHandlers(similarItems);
