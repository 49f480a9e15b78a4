import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { evaluate } from './job.ts';
export const handlers = lambdaHandlers(evaluate);
