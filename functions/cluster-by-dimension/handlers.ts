import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { clusterByDimension } from './job.ts';
export const handlers = lambdaHandlers(clusterByDimension);
