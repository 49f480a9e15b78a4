/**
 * The grouping of actions the slow way: whole files in memory, one line after another, maps and sorts.
 *
 * The definition is that of `functions/group-actions/README.md`, after Seldon's `GroupActionsJob`. The only code shared
 * with the job is the stable hash, which is part of the output's layout.
 */
import { gunzipSync } from 'node:zlib';
import { bucketOf, hashId } from '../../shared/model/stable-hash.ts';
import { recordsOf } from './joined-records.ts';
import { type PlainLogAction, readPlainly } from './raw-action.ts';

/** A file that the job reads; `name` is its key below the fixed folder of the pattern. */
export interface LogFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Counts {
  read: number;
  written: number;
  repaired: number;
  dropped: number;
  rejected: number;
  otherDays: number;
  /** Only where users are forgotten. */
  forgotten?: number;
}

/** A line of `_rejected/<day>/part-00000`. It names the line, counted from 1, or in large plain files the byte offset. */
export interface Reject {
  readonly object: string;
  readonly line?: number;
  readonly offset?: number;
  readonly reason: string;
  readonly text: string;
}

export interface Grouped {
  /** Client → the text of each of its parts. Clients without an action are left out. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Client → the text of each part of the pairs of ids and texts; empty when the ids are given. */
  readonly pairs: ReadonlyMap<string, readonly string[]>;
  readonly counts: ReadonlyMap<string, Counts>;
  /** The sums over all clients. `read` and `rejected` also count the lines whose client is unknown. */
  readonly totals: Counts;
  readonly rejects: readonly Reject[];
}

export interface GroupingOptions {
  /** The run's day, in days since 1970-01-01. */
  readonly day: number;
  readonly singleClient?: string;
  /** Default `given`. */
  readonly ids?: 'given' | 'assign';
  /** A client has one part, and one more for each such number of its actions. */
  readonly recordsAPart?: number;
  /** Client → users whose actions are left out. */
  readonly forgotten?: ReadonlyMap<string, ReadonlySet<number>>;
}

const MIB = 2 ** 20;
const DAY_MS = 86_400_000;

/** Groups the files, which are given in the order of their names. */
export function groupPlainly(files: readonly LogFile[], options: GroupingOptions): Grouped {
  const { day, singleClient, recordsAPart = 2 ** 20 } = options;
  const counts = new Map<string, Counts>();
  const countsOf = (client: string): Counts => {
    if (!counts.has(client)) {
      const isForgetting = options.forgotten?.has(client) === true;
      counts.set(client, isForgetting ? { ...noCounts(), forgotten: 0 } : noCounts());
    }
    return counts.get(client)!;
  };
  const totals = noCounts();
  const rejects: Reject[] = [];
  const actions: PlainLogAction[] = [];
  for (const file of files) {
    for (const { bytes, place } of linesOf(file)) {
      totals.read++;
      const found = readPlainly(bytes, options.ids === 'assign');
      const isReject = 'reason' in found;
      if (isReject) {
        totals.rejected++;
        rejects.push({ object: file.name, ...place, reason: found.reason, text: bytes.toString('utf8', 0, 200) });
      }
      const { client } = found;
      if (client === undefined || (singleClient !== undefined && client !== singleClient)) continue;
      countsOf(client).read++;
      if (isReject) countsOf(client).rejected++;
      else {
        if (Math.floor(found.timeMs / DAY_MS) !== day) countsOf(client).otherDays++;
        actions.push(found);
      }
    }
  }

  const written: PlainLogAction[] = [];
  for (const action of repairIds(actions, countsOf)) {
    if (options.forgotten?.get(action.client)?.has(action.user)) {
      countsOf(action.client).forgotten!++;
      totals.forgotten = (totals.forgotten ?? 0) + 1;
    } else written.push(action);
  }
  const parts = new Map<string, string[]>();
  const pairs = new Map<string, string[]>();
  for (const [client, clientActions] of Map.groupBy(written, (action) => action.client)) {
    countsOf(client).written = clientActions.length;
    const count = 1 + Math.floor(clientActions.length / recordsAPart);
    parts.set(client, partsOf(clientActions, count));
    if (options.ids === 'assign') pairs.set(client, pairsOf(clientActions, count));
  }
  for (const name of ['written', 'repaired', 'dropped', 'otherDays'] as const) {
    for (const client of counts.values()) totals[name] += client[name];
  }
  return { parts, pairs, counts, totals, rejects };
}

const noCounts = (): Counts => ({ read: 0, written: 0, repaired: 0, dropped: 0, rejected: 0, otherDays: 0 });

/**
 * Gives a user whose id is 0 the id last seen with the same `client_userid` of the same client; of ids seen at the same
 * time, the largest. Actions of users without such an id are dropped.
 */
function repairIds(actions: readonly PlainLogAction[], countsOf: (client: string) => Counts): PlainLogAction[] {
  const keyOf = ({ client, clientUserid }: PlainLogAction) => JSON.stringify([client, clientUserid]);
  const known = new Map<string, { timeMs: number; user: number }>();
  for (const action of actions) {
    if (action.user === 0 || action.clientUserid === undefined) continue;
    const { timeMs, user } = action;
    const before = known.get(keyOf(action));
    if (before === undefined || timeMs > before.timeMs || (timeMs === before.timeMs && user > before.user)) {
      known.set(keyOf(action), { timeMs, user });
    }
  }
  const kept: PlainLogAction[] = [];
  for (const action of actions) {
    if (action.user !== 0) kept.push(action);
    else {
      const seen = action.clientUserid === undefined ? undefined : known.get(keyOf(action));
      if (seen === undefined) countsOf(action.client).dropped++;
      else {
        countsOf(action.client).repaired++;
        kept.push({ ...action, user: seen.user });
      }
    }
  }
  return kept;
}

/** Returns the text of each part of one client: its actions by user, time, item, type, and the bytes of the line. */
function partsOf(actions: readonly PlainLogAction[], parts: number): string[] {
  const records = actions.map((action) => {
    const text = `${action.print(action.user)}\n`;
    return { ...action, part: bucketOf(hashId(action.user), parts), text, bytes: Buffer.from(text) };
  });
  records.sort(
    (a, b) =>
      a.part - b.part ||
      a.user - b.user ||
      a.timeMs - b.timeMs ||
      a.item - b.item ||
      a.type - b.type ||
      Buffer.compare(a.bytes, b.bytes),
  );
  return Array.from({ length: parts }, (_, part) =>
    records
      .filter((record) => record.part === part)
      .map(({ text }) => text)
      .join(''),
  );
}

/** Returns the text of each part of one client's pairs: users, then items, by id, each once. */
function pairsOf(actions: readonly PlainLogAction[], parts: number): string[] {
  const users = new Map(actions.map(({ user, clientUserid }) => [user, clientUserid!]));
  const items = new Map(actions.map(({ item, clientItemid }) => [item, clientItemid!]));
  const linesIn = (kind: string, texts: ReadonlyMap<number, string>, part: number) =>
    [...texts]
      .filter(([id]) => bucketOf(hashId(id), parts) === part)
      .sort(([a], [b]) => a - b)
      .map(([id, text]) => `${JSON.stringify({ kind, id, text })}\n`);
  return Array.from({ length: parts }, (_, part) =>
    [...linesIn('user', users, part), ...linesIn('item', items, part)].join(''),
  );
}

/**
 * Yields the records of the lines that are not blank. A record's place is its line; in a plain file above 1 MiB it is the
 * byte offset, because the job reads such a file by ranges and does not know the numbers of lines.
 */
function* linesOf({
  name,
  bytes,
}: LogFile): Generator<{ bytes: Buffer; place: { line: number } | { offset: number } }> {
  const gzip = name.endsWith('.gz') && bytes.length > 0;
  const content = gzip ? expanded(bytes) : bytes;
  const byOffset = !gzip && bytes.length > MIB;
  for (let offset = 0, line = 1; offset < content.length; line++) {
    const newline = content.indexOf('\n', offset);
    const next = newline < 0 ? content.length : newline + 1;
    let end = newline < 0 ? content.length : newline;
    if (end > offset && content[end - 1] === 0x0d) end--;
    const hasByteOrderMark = offset === 0 && content.subarray(0, 3).equals(Buffer.from('\ufeff'));
    const text = content.subarray(hasByteOrderMark ? 3 : offset, end);
    if (!/^[\t-\r ]*$/.test(text.toString('latin1'))) {
      for (const record of recordsOf(text, MIB)) {
        yield { bytes: record.bytes, place: byOffset ? { offset: offset + record.offset } : { line } };
      }
    }
    offset = next;
  }
}

interface Gunzipped {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Returns the content of all gzip members. Zero bytes may lie between members, because no member begins with one. */
function expanded(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    // biome-ignore lint/plugin: the types of Node do not say what the option `info` changes about the result.
    const { buffer, engine } = gunzipSync(bytes.subarray(offset), { info: true }) as unknown as Gunzipped;
    pieces.push(buffer);
    offset += engine.bytesWritten;
    while (offset < bytes.length && bytes[offset] === 0) offset++;
  }
  return Buffer.concat(pieces);
}
