import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { sessionItems } from './job.ts';
export const handlers = lambdaHandlers(sessionItems);
