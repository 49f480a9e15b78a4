/** The decision of `decide.ts` for a table that a server reads: what is live stands in the table's comment. */
import type { TableMark } from '../mysql/table-mark.ts';
import { type Decision, decide, futureInWords } from './decide.ts';
import type { Hold, LiveModel } from './record.ts';

/** Every version of a table is at the same place, so the run alone tells them apart. */
const liveInTable = (mark: TableMark, table: string): LiveModel => ({
  day: mark.day,
  run: mark.run,
  requestedAt: mark.requestedAt,
  location: table,
});

/**
 * Decides if the rows of `wanted` may become the table's.
 * @param live undefined where nobody knows whose rows the table holds: any run's are newer
 * @param warn is told of a live day or time that lies in the future
 */
export function decideTable(
  wanted: TableMark,
  { live, hold, table }: { readonly live: TableMark | undefined; readonly hold: Hold | null; readonly table: string },
  now: Date,
  warn: (message: string) => void = () => undefined,
): Decision {
  const model = live === undefined ? null : liveInTable(live, table);
  const future = futureInWords(model, now);
  if (future !== undefined) warn(future);
  return decide(liveCandidate(wanted, table), { live: model, hold }, now);
}

const liveCandidate = ({ day, run, requestedAt }: TableMark, location: string) => ({ day, run, requestedAt, location });
