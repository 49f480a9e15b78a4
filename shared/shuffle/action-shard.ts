/** Reads the grouped actions of a shard of the inputs, without those of forgotten users. */
import { ForgottenFilter, forgottenUsers } from '../forget/forgotten-of-run.ts';
import { type InputShard, sourcesOf } from '../job/inputs.ts';
import type { Run } from '../job/job.ts';
import { RejectLimit } from '../job/reject-limit.ts';
import { type ReadMeta, RejectSample } from '../job/rejects.ts';
import type { ActionBatch } from '../model/action-columns.ts';
import { readActions } from '../model/read-actions.ts';
import type { SegmentWriter } from '../store/segments.ts';

/**
 * Passes the actions of a shard on in batches, each with the key of its input object. Resolves to a function that adds the
 * rejects to the shard's object and returns the counts for the object's meta.
 *
 * @throws what `readActions` throws; TooManyRejectsError
 */
export async function readActionShard(
  run: Run<{ readonly maxRejectRatio: number }>,
  shard: InputShard,
  onBatch: (batch: ActionBatch, key: string) => void,
): Promise<(writer: SegmentWriter) => ReadMeta> {
  const rejects = new RejectSample(new RejectLimit(run));
  const forgotten = await forgottenUsers(run);
  const filter = forgotten && new ForgottenFilter(forgotten);
  for (const source of sourcesOf(run.inputs, shard)) {
    await readActions(run.input, source, rejects, (read) => {
      onBatch(filter === undefined ? read : filter.keep(read), source.key);
    });
  }
  return (writer) => {
    const read = rejects.writeTo(writer);
    return filter === undefined ? read : { ...read, forgotten: filter.count };
  };
}
