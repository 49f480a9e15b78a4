import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { recommendations } from './job.ts';
export const handlers = lambdaHandlers(recommendations);
