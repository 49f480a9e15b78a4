/** Reads the ids of grouped actions together with the client's own texts for them: `client_userid` and `client_itemid`. */
import { eachJoinedRecord } from '../lines/joined-records.ts';
import type { LineSink } from '../lines/line-sink.ts';
import { type LineSource, readLines } from '../lines/read-lines.ts';
import type { Store } from '../store/store.ts';
import { CLIENT_ITEMID, CLIENT_USERID, ITEMID, USERID } from './action.ts';
import { parseActionExactly } from './action-exact.ts';
import { ActionScanner } from './action-scan.ts';
import type { IdKind } from './assigned-id.ts';

/**
 * Passes the pairs of an object's lines on, in the order of the lines, user before item. User 0 and an empty text make no pair.
 * Lines that are no records are skipped here, because the jobs that read the actions count them.
 *
 * @param wants true for the ids whose texts are wanted
 * @throws what `readLines` throws
 */
export async function readActionPairs(
  store: Store,
  source: LineSource,
  wants: (kind: IdKind, id: number) => boolean,
  onPair: (kind: IdKind, id: number, text: string) => void,
): Promise<void> {
  const scanner = new ActionScanner();
  const pass = (kind: IdKind, id: number | undefined, textOf: () => string | undefined): void => {
    if (id === undefined || (kind === 'user' && id === 0) || !wants(kind, id)) return;
    const text = textOf();
    if (text !== undefined && text !== '') onPair(kind, id, text);
  };
  const line: LineSink['line'] = (buffer, start, end, position) => {
    if (scanner.scan(buffer, start, end)) {
      const { present, numbers, starts, ends } = scanner;
      const has = (field: number): boolean => (present & (1 << field)) !== 0;
      const textOf = (field: number) => (): string | undefined =>
        has(field) ? (JSON.parse(buffer.toString('utf8', starts[field], ends[field])) as string) : undefined;
      pass('user', has(USERID) ? numbers[USERID] : undefined, textOf(CLIENT_USERID));
      pass('item', has(ITEMID) ? numbers[ITEMID] : undefined, textOf(CLIENT_ITEMID));
      return;
    }
    const { record } = parseActionExactly(buffer, start, start, end);
    if (record === undefined) {
      eachJoinedRecord(buffer, start, end, position, line);
      return;
    }
    pass('user', record.userid, () => record.client_userid);
    pass('item', record.itemid, () => record.client_itemid);
  };
  await readLines(store, source, { takesJoined: true, line, tooLong: () => undefined });
}
