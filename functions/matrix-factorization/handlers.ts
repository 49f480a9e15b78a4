import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { matrixFactorization } from './job.ts';
export const handlers = lambdaHandlers(matrixFactorization);
