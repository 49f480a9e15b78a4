import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { mostPopularByDimension } from './job.ts';
export const handlers = lambdaHandlers(mostPopularByDimension);
