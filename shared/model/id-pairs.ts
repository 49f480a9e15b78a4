/**
 * Ids with the client's own texts for them. Grouping with assigned ids publishes the pairs of each day, and other jobs and
 * commands read them to speak in the client's own ids.
 *
 *   <client>/ids/<day>/part-00000     {"kind":"user","id":3002712210739930,"text":"anna"}
 *                                     {"kind":"item","id":2456475299651555,"text":"SKU-3"}
 *
 * Within a part users come before items, each by ascending id. A day whose ids were given has no such folder. Its texts are
 * those of the actions: `client_userid` and `client_itemid`.
 */
import { CorruptInputError, IdCollisionError } from '../errors.ts';
import { lookAtFolder } from '../job/folder-state.ts';
import { listFolder } from '../job/inputs.ts';
import { isRecord, parseJson } from '../json.ts';
import type { LinePosition, LineSink } from '../lines/line-sink.ts';
import { type LineSource, readLines } from '../lines/read-lines.ts';
import { ACTIONS, dayFolder } from '../store/keys.ts';
import type { ObjectInfo, Store } from '../store/store.ts';
import { readActionPairs } from './action-pairs.ts';
import { ID_KINDS, type IdKind } from './assigned-id.ts';

export type { IdKind } from './assigned-id.ts';

/** The job folder of the pairs of ids and texts. */
export const IDS = 'ids';

export interface IdPair {
  readonly kind: IdKind;
  /** An id from 0 to 2^53 - 1. */
  readonly id: number;
  readonly text: string;
}

/** Returns the line of a pair, with its end. */
export const idPairLine = ({ kind, id, text }: IdPair): string =>
  `{"kind":"${kind}","id":${id},"text":${JSON.stringify(text)}}\n`;

/** Returns the pair of a line, or undefined when the line holds none. */
export function parseIdPair(line: string): IdPair | undefined {
  const json = parseJson(line);
  if (!isRecord(json)) return undefined;
  const { kind, id, text } = json;
  const known = ID_KINDS.find((name) => name === kind);
  if (known === undefined || !Number.isSafeInteger(id) || (id as number) < 0 || typeof text !== 'string')
    return undefined;
  return { kind: known, id: id as number, text };
}

/** Returns the error about two texts, in any order, that were assigned the same id. */
export function idCollision(kind: IdKind, id: number, text: string, other: string): IdCollisionError {
  const [first, second] = [text, other].sort().map((one) => JSON.stringify(one));
  return new IdCollisionError(
    `the ${kind}s ${first} and ${second} have the same assigned id, ${id}: SHA-256 of both begins with the same 53 bits. ` +
      `Write one of the two in another way in the logs, or give the ids yourself (ids: given)`,
  );
}

/** Takes a pair. @param assigned true when the id was made from the text, false when the client gave both */
export type TakePair = (kind: IdKind, id: number, text: string, assigned: boolean) => void;

export interface IdPairOptions {
  /** Returns true for the ids whose texts are wanted. Default: all are. Leaving out ids early makes reading quicker. */
  readonly wants?: (kind: IdKind, id: number) => boolean;
}

/**
 * Passes the pairs of some days on: those of `<client>/ids/<day>/` where the folder is whole, otherwise the pairs of the day's
 * grouped actions. Days are read in ascending order, so when an id comes with several texts, the last one is the newest. The
 * pairs of actions come once for each action. A day without either folder has no pair.
 *
 * Nothing is kept here, so the memory is the caller's. `IdTexts` (`id-texts.ts`) keeps the texts of chosen ids.
 *
 * @param days in days since 1970-01-01 UTC, in any order
 * @throws UnfinishedDayError for a day whose actions are not whole; CorruptInputError for a line that holds no pair;
 *   InputChangedError when a folder is replaced meanwhile
 */
export async function readIdPairs(
  store: Store,
  client: string,
  days: readonly number[],
  onPair: TakePair,
  { wants = () => true }: IdPairOptions = {},
): Promise<void> {
  for (const day of [...new Set(days)].sort((a, b) => a - b)) {
    const files = await idPairFiles(store, client, day);
    for (const file of files ?? []) {
      await readIdPairFile(store, file, ({ kind, id, text }) => {
        if (wants(kind, id)) onPair(kind, id, text, true);
      });
    }
    if (files !== undefined) continue;
    for (const file of await listFolder(store, dayFolder(client, ACTIONS, day))) {
      await readActionPairs(store, file, wants, (kind, id, text) => onPair(kind, id, text, false));
    }
  }
}

/** Returns the text files of a day's pairs; undefined when there is no folder, or it is not whole. */
export async function idPairFiles(
  store: Store,
  client: string,
  day: number,
): Promise<readonly ObjectInfo[] | undefined> {
  const prefix = dayFolder(client, IDS, day);
  const { state } = await lookAtFolder(store, prefix, undefined);
  if (state.kind === 'empty' || state.kind === 'unfinished') return undefined;
  const files = await listFolder(store, prefix);
  return files.filter(({ key }) => PART.test(key.slice(prefix.length)));
}

/** The folder may also have the pairs as Parquet. */
const PART = /^part-\d{5}(\.gz)?$/;

/** Passes the pairs of a file, or of a range of it, on. @throws CorruptInputError for a line that holds no pair */
export async function readIdPairFile(store: Store, file: LineSource, onPair: (pair: IdPair) => void): Promise<void> {
  const refuse = ({ number, offset }: LinePosition): never => {
    const where = number === undefined ? `the line at byte ${offset}` : `line ${number}`;
    throw new CorruptInputError(
      `${store.root}/${file.key}: ${where} is no pair of an id and a text. Group the logs of its day again`,
    );
  };
  const line: LineSink['line'] = (buffer, start, end, position) =>
    onPair(parseIdPair(buffer.toString('utf8', start, end)) ?? refuse(position));
  await readLines(store, file, { line, tooLong: (_buffer, _start, _end, position) => refuse(position) });
}
