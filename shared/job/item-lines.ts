/** Reads sessions and baskets, the lines of item ids that another job wrote. */
import { Growable } from '../columns/growable.ts';
import type { LineSink } from '../lines/line-sink.ts';
import { readLines } from '../lines/read-lines.ts';
import { parseItemLine } from '../model/item-line.ts';
import { type InputShard, sourcesOf } from './inputs.ts';
import type { Run } from './job.ts';
import { RejectLimit } from './reject-limit.ts';
import { RejectSample } from './rejects.ts';

/**
 * The most bytes of a line. A session has all actions of a user without a long pause, by default up to 100,000 actions with up
 * to 17 bytes each. This limit is nine times as large.
 */
const MAX_ITEM_LINE_BYTES = 16 << 20;
const TOO_LONG = 'longer than 16 MiB';

/**
 * Calls `take` with the ids of every line of an input shard, in the order of the inputs. The array is a view, which is valid
 * during the call only. Returns the rejects.
 *
 * @throws as `readLines`; TooManyRejectsError
 */
export async function readItemLines(
  run: Pick<Run<{ readonly maxRejectRatio: number }>, 'input' | 'inputs' | 'settings'>,
  shard: InputShard,
  take: (ids: Float64Array) => void,
): Promise<RejectSample> {
  const rejects = new RejectSample(new RejectLimit(run));
  const ids = new Growable(Float64Array);
  for (const source of sourcesOf(run.inputs, shard)) {
    const sink: LineSink = {
      line(buffer, start, end, position) {
        rejects.read(end - start);
        ids.truncate(0);
        const parsed = parseItemLine(buffer, start, end, ids);
        if (typeof parsed === 'number') take(ids.view());
        else rejects.add(source.key, position, parsed, buffer, start, end);
      },
      tooLong(buffer, start, end, position, unread) {
        rejects.addTooLong(source.key, position, TOO_LONG, buffer, start, end, unread);
      },
    };
    await readLines(run.input, source, sink, { maxLineBytes: MAX_ITEM_LINE_BYTES });
  }
  return rejects;
}
