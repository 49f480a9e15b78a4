/**
 * The scores as a day of raw logs: one action for each time that a pair was drawn, in order of time, with a file for each
 * hour. A quarter of the users has a second set of logs, so that memory can be compared at four times the data.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { offsetsOf, orderBy } from '../../shared/columns/counting-sort.ts';
import type { Scores } from './matrix.ts';
import { CLIENT, DAY } from './places.ts';
import { uniform } from './random.ts';

const SECONDS_A_DAY = 86_400;
const HOURS = 24;
/** The number of lines that are written at once. */
const LINES_A_PIECE = 10_000;

interface Actions {
  /** The user of each action, in order of time. */
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  readonly seconds: Uint32Array;
}

/** Returns the `--input-path-pattern` of the files that `writeLogs` writes. */
export const logsPattern = (folder: string): string => `${folder}/actions.%y/%m%d/*/*`;

/** Returns the folder of the files that `writeLogs` writes. */
export const collectorFolder = (folder: string): string => `${folder}/actions.2015/0225/collector`;

/** Writes `<hour>.log.gz` into the collector's folder, with the actions of users whose number is below `users`. */
export function writeLogs(folder: string, actions: Actions, users: number): void {
  const day = collectorFolder(folder);
  mkdirSync(day, { recursive: true });
  let action = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    const pieces: Buffer[] = [];
    let lines = '';
    for (; action < actions.users.length; action++) {
      const second = actions.seconds[action]!;
      if (second >= ((hour + 1) * SECONDS_A_DAY) / HOURS) break;
      const user = actions.users[action]!;
      if (user >= users) continue;
      lines += `${rawLine({ user, item: actions.items[action]!, second, type: 1, known: true })}\n`;
      if (action % LINES_A_PIECE === 0) {
        pieces.push(Buffer.from(lines));
        lines = '';
      }
    }
    pieces.push(Buffer.from(lines));
    writeFileSync(`${day}/${String(hour).padStart(2, '0')}.log.gz`, gzipSync(Buffer.concat(pieces)));
  }
}

/** Writes at most the first `count` actions as plain NDJSON and returns their number. */
export function writeLines(path: string, actions: Actions, count: number): number {
  const file = openSync(path, 'w');
  const end = Math.min(count, actions.users.length);
  for (let from = 0; from < end; from += LINES_A_PIECE) {
    let lines = '';
    for (let action = from; action < Math.min(from + LINES_A_PIECE, end); action++) {
      const [user, item] = [actions.users[action]!, actions.items[action]!];
      const second = actions.seconds[action]!;
      lines += `${record({ user, item, second, type: 1, known: true })}\n`;
    }
    writeSync(file, lines);
  }
  closeSync(file);
  return end;
}

/** Makes as many actions of each pair as its score says, at random seconds. */
export function actionsOf({ ptr, idx, score }: Scores, seed: number): Actions {
  const random = uniform(seed);
  const total = score.reduce((sum, value) => sum + value, 0);
  const users = new Uint32Array(total);
  const items = new Uint32Array(total);
  const seconds = new Uint32Array(total);
  let action = 0;
  for (let user = 0; user + 1 < ptr.length; user++) {
    for (let pair = ptr[user]!; pair < ptr[user + 1]!; pair++) {
      for (let times = score[pair]!; times > 0; times--) {
        users[action] = user;
        items[action] = idx[pair]!;
        seconds[action++] = Math.floor(random() * SECONDS_A_DAY);
      }
    }
  }
  const order = orderBy(seconds, offsetsOf(seconds, SECONDS_A_DAY));
  const inOrder = (column: Uint32Array): Uint32Array => order.map((action) => column[action]!);
  return { users: inOrder(users), items: inOrder(items), seconds: inOrder(seconds) };
}

export interface LoggedAction {
  readonly user: number;
  readonly item: number;
  /** The second of the day. */
  readonly second: number;
  readonly type: number;
  /** False when the collector did not know the user's id. */
  readonly known: boolean;
}

/** Returns a line of the raw logs, without a line break. */
export const rawLine = (action: LoggedAction): string => `${timeOf(action.second)}\tactions\t${record(action)}`;

/** Ids are numbered from 1, because user 0 means an unknown user. */
const record = ({ user, item, second, type, known }: LoggedAction): string =>
  `{"timestamp_utc":"${timeOf(second)}","client":"${CLIENT}","client_userid":"u${user + 1}",` +
  `"userid":${known ? user + 1 : 0},"itemid":${item + 1},"client_itemid":"i${item + 1}","rectag":"default",` +
  `"type":${type},"value":1}`;

const timeOf = (second: number): string =>
  new Date((DAY * SECONDS_A_DAY + second) * 1000).toISOString().replace('.000', '');
