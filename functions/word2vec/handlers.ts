import { lambdaHandlers } from '../../shared/job/lambda.ts';
import { word2vec } from './job.ts';
export const handlers = lambdaHandlers(word2vec);
