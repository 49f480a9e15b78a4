import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { groupActions } from './job.ts';
export const handlers = lambdaHandlers(groupActions);
