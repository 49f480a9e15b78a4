import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { tagAffinity } from './job.ts';
export const handlers = lambdaHandlers(tagAffinity);
