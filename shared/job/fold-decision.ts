/** Decides if a run folds: by its settings, by earlier folded runs that gave up, and by its predicted time and memory. */
import { type EstimateRequest, foldSizeOf } from '../cost/estimate.ts';
import { type FoldDecision, foldsBy } from '../cost/predict-folded.ts';
import { inBytes } from '../in-words.ts';
import { foldNotes, gaveUpAt } from './fold-notes.ts';
import { FOLD } from './state-machine.ts';

/** The settings that decide if a run folds. */
export interface FoldSettings {
  readonly fold: 'auto' | 'never';
  readonly foldSeconds: number;
}

export interface FoldRequest extends EstimateRequest {
  /** The id of the run; null when the run has no id yet. */
  readonly run: string | null;
}

/** @param now milliseconds since 1970 */
export async function decideFold(
  request: FoldRequest,
  { fold, foldSeconds }: FoldSettings,
  now: number,
): Promise<FoldDecision> {
  if (fold === 'never') return { folds: false, why: 'its setting fold is never' };
  const { job, client, input, output, run } = request;
  const notes = output === undefined ? [] : await foldNotes(output, { job: job.name, client });
  const gaveUp = gaveUpAt(notes, run, input.bytes, now);
  if (gaveUp !== undefined) {
    const size = inBytes(gaveUp);
    return { folds: false, why: `one process was too small for ${size} of text, so a run folds below half of that` };
  }
  const size = await foldSizeOf(request, FOLD.memoryMb);
  if (size === undefined) {
    const why = `${job.name} was not measured, no earlier run of it for this client is kept, and ${inBytes(input.bytes)} of text are many`;
    return { folds: false, why };
  }
  return foldsBy(size, { foldSeconds, memoryMb: FOLD.memoryMb });
}
