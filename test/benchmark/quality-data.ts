/**
 * The training data of the protocol for peers, which read it in memory: the pairs of users and items with a positive action, and
 * the sessions that word2vec reads.
 *
 * *U users with a positive action, I known items, T users who act on the test days and have a positive action in training.*
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobNamed } from '../../functions/index.ts';
import { finishedRun, type Runner } from '../../shared/evaluation/trainings.ts';
import { dayFolder } from '../../shared/store/keys.ts';
import { filesIn, readActionFiles, readItemLineFiles } from './files.ts';
import { writeSessions } from './sessions.ts';

/** A shop, and a cut of its days: training days, then test days. */
export interface Cut {
  readonly client: string;
  /** The last test day. */
  readonly startDay: number;
  readonly days: number;
  readonly holdoutDays: number;
}

export interface PeerData {
  /** The path of the pairs, `<pairs>.ptr` and `<pairs>.idx`. */
  readonly pairs: string;
  /** The path of the sessions, whose words are indexes of items. */
  readonly sessions: string;
  /** (U) ids, ascending. */
  readonly users: Float64Array;
  /** (I) ids of the items that any action of the training days names, ascending. */
  readonly items: Float64Array;
  /** (T) indexes of users. */
  readonly testUsers: readonly number[];
  /** The path of the items that the test users met, by any action: `<met>.ptr` and `<met>.idx`. */
  readonly met: string;
  /** (T) the same, as ids. */
  readonly metItems: readonly (readonly number[])[];
}

/** The type whose value is above 0 by default: bought, or liked. */
const POSITIVE = 1;

export const trainingDay = ({ startDay, holdoutDays }: Cut): number => startDay - holdoutDays;

/** Writes the data of a cut. @param root the location of models, in which the sessions are made */
export async function peerData(cut: Cut, actionsRoot: string, root: string, runner: Runner): Promise<PeerData> {
  const { client, startDay, days } = cut;
  const folder = join(root, 'peers', `${client}-${startDay}`);
  mkdirSync(folder, { recursive: true });
  const last = trainingDay(cut);
  const positive = new Map<number, Set<number>>();
  const metBy = new Map<number, Set<number>>();
  readActionFiles(filesOfDays(actionsRoot, client, last - days + 1, last), ({ count, users, items, types }) => {
    for (let row = 0; row < count; row++) {
      addTo(metBy, users[row]!, items[row]!);
      if (types[row] === POSITIVE) addTo(positive, users[row]!, items[row]!);
    }
  });
  const testing = new Set<number>();
  readActionFiles(filesOfDays(actionsRoot, client, last + 1, startDay), ({ count, users }) => {
    for (let row = 0; row < count; row++) testing.add(users[row]!);
  });
  const items = Float64Array.from(new Set([...metBy.values()].flatMap((met) => [...met]))).sort();
  const users = Float64Array.from(positive.keys()).sort();
  const indexOf = new Map([...items].map((id, index) => [id, index]));
  const rowOf = (ids: Iterable<number>) => Uint32Array.from(ids, (id) => indexOf.get(id)!).sort();
  const testUsers = [...users.keys()].filter((user) => testing.has(users[user]!));
  const metItems = testUsers.map((user) => [...metBy.get(users[user]!)!]);
  const [pairs, met] = [join(folder, 'pairs'), join(folder, 'met')];
  writeRows(
    pairs,
    Array.from(users, (user) => rowOf(positive.get(user)!)),
  );
  writeRows(met, metItems.map(rowOf));
  const sessions = join(folder, 'sessions');
  writeSessions(sessions, await sessionsOf(cut, actionsRoot, root, indexOf, runner));
  return { pairs, sessions, users, items, testUsers, met, metItems };
}

const addTo = (sets: Map<number, Set<number>>, key: number, value: number) =>
  sets.set(key, (sets.get(key) ?? new Set()).add(value));

function filesOfDays(root: string, client: string, from: number, to: number): string[] {
  const days = Array.from({ length: to - from + 1 }, (_, at) => join(root, dayFolder(client, 'actions', from + at)));
  // A shop that is closed on a day has no folder for it.
  return days.filter((folder) => existsSync(folder)).flatMap((folder) => filesIn(folder));
}

function writeRows(path: string, rows: readonly Uint32Array[]): void {
  const ptr = new Uint32Array(rows.length + 1);
  for (const [row, { length }] of rows.entries()) ptr[row + 1] = ptr[row]! + length;
  const idx = new Uint32Array(ptr.at(-1)!);
  for (const [row, values] of rows.entries()) idx.set(values, ptr[row]);
  writeFileSync(`${path}.ptr`, ptr);
  writeFileSync(`${path}.idx`, idx);
}

/** Runs `sessionitems` with its defaults, as before a training of word2vec, and returns its sessions as indexes of items. */
async function sessionsOf(
  cut: Cut,
  inputPath: string,
  outputPath: string,
  indexOf: ReadonlyMap<number, number>,
  runner: Runner,
): Promise<Uint32Array[]> {
  const job = jobNamed('sessionitems');
  const settings = { startDay: trainingDay(cut), days: cut.days, inputPath, outputPath };
  const request = { client: cut.client, requestedAt: new Date().toISOString(), settings };
  const { folder } = await finishedRun(job, request, runner, job.name);
  const sessions: Uint32Array[] = [];
  readItemLineFiles(filesIn(join(outputPath, folder)), (ids) => {
    sessions.push(Uint32Array.from(ids, (id) => indexOf.get(id)!));
  });
  return sessions;
}
