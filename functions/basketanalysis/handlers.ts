import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { basketAnalysis } from './job.ts';
export const handlers = lambdaHandlers(basketAnalysis);
