/** The decision of `decide.ts` for a table that a server reads. The table's comment says what is live. */
import type { TableMark } from '../mysql/table-mark.ts';
import { type Decision, decide, futureInWords } from './decide.ts';
import type { Hold, LiveModel } from './record.ts';

/** Returns the live rows as a model. All versions of a table have the same location, so only the run tells them apart. */
const liveInTable = (mark: TableMark, table: string): LiveModel => ({
  day: mark.day,
  run: mark.run,
  requestedAt: mark.requestedAt,
  location: table,
});

/**
 * Decides if the rows of `wanted` may become the table's.
 * @param state `live` is undefined when the run of the table's rows is unknown: the rows of any run count as newer
 * @param warn hears of a live day or time in the future
 */
export function decideTable(
  wanted: TableMark,
  state: { readonly live: TableMark | undefined; readonly hold: Hold | null; readonly table: string },
  now: Date,
  warn: (message: string) => void = () => undefined,
): Decision {
  const { live, hold, table } = state;
  const model = live === undefined ? null : liveInTable(live, table);
  const future = futureInWords(model, now);
  if (future !== undefined) warn(future);
  const { day, run, requestedAt } = wanted;
  return decide({ day, run, requestedAt, location: table }, { live: model, hold }, now);
}
