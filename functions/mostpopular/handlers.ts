import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { mostPopular } from './job.ts';
export const handlers = lambdaHandlers(mostPopular);
