/** The predicted price of a training on AWS, in the way in which it would run there: folded or fanned out. */
import { commonSchema } from '../config/common-settings.ts';
import { estimateWays } from '../cost/estimate.ts';
import { FOLD_MEMORY_MB } from '../cost/predict-folded.ts';
import type { InputSize } from '../cost/usage.ts';
import { decideFold } from '../job/fold-decision.ts';
import type { AnyJob } from '../job/job.ts';

/**
 * @param settings the varied and the other settings of the training
 * @param input of the training
 * @returns dollars; null when the job was not measured
 */
export async function priceOf(
  job: AnyJob,
  settings: Readonly<Record<string, unknown>>,
  input: InputSize,
): Promise<number | null> {
  const request = { job, client: null, settings, input, shards: undefined, output: undefined };
  const ways = await estimateWays(request, FOLD_MEMORY_MB);
  if (ways === undefined) return null;
  const { folds } = await decideFold({ ...request, run: null }, commonSchema.parse({}), 0);
  return (folds ? ways.folded : ways.fannedOut).dollars;
}
