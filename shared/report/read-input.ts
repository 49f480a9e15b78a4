/** Reads what came in: the manifests of a client's grouped days, and the day's rejected lines. */
import { atMost } from '../at-most.ts';
import { masked } from '../config/masked.ts';
import { readManifestIfIntact } from '../job/manifest.ts';
import { isRecord, parseJson } from '../json.ts';
import { figuresIn } from '../model/day-figures.ts';
import { ACTIONS, dayFolder, logsFolder } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** The figures of one day of a client's actions. Null where a manifest does not have the figure. */
export interface InputDay {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  readonly read: number | null;
  readonly written: number | null;
  readonly rejected: number | null;
  /** Actions whose user id was found on other lines. */
  readonly repaired: number | null;
  /** Actions of unknown users, which are left out. */
  readonly dropped: number | null;
  /** Actions whose time is not on the day. */
  readonly otherDays: number | null;
  readonly users: number | null;
  readonly items: number | null;
  /** Type of action → actions. */
  readonly types: Readonly<Record<string, number>> | null;
}

const READERS = 16;

/** Reads the days that were grouped for this client, ascending. Both ends are inclusive. */
export async function readInput(store: Store, client: string, from: number, to: number): Promise<InputDay[]> {
  const days = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const found = await atMost(READERS, days, (day) => readInputDay(store, client, day));
  return found.filter((day) => day !== undefined);
}

async function readInputDay(store: Store, client: string, day: number): Promise<InputDay | undefined> {
  const manifest = await readManifestIfIntact(store, dayFolder(client, ACTIONS, day));
  if (manifest === undefined) return undefined;
  const { counts } = manifest;
  const figures = figuresIn(counts);
  return {
    day,
    read: numberIn(counts.read),
    written: numberIn(counts.written),
    rejected: numberIn(counts.rejected),
    repaired: numberIn(counts.repaired),
    dropped: numberIn(counts.dropped),
    otherDays: numberIn(counts.otherDays),
    users: figures?.users ?? null,
    items: figures?.items ?? null,
    types: figures?.types ?? null,
  };
}

const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** A rejected line, as the grouping keeps it. */
export interface RejectedLine {
  readonly object: string;
  /** The number of the line, from 1 on, or the place of its first byte in the object. */
  readonly place: string;
  readonly reason: string;
  /** The beginning of the line. Passwords in addresses are hidden. */
  readonly text: string;
}

export interface Rejects {
  readonly day: number;
  /** Of this client, by the number of lines, the largest first. */
  readonly reasons: readonly { readonly reason: string; readonly lines: number }[];
  /** The first line of each reason, in the order of `reasons`. */
  readonly samples: readonly RejectedLine[];
  /** True when the file is so large that only its beginning was read. */
  readonly isBeginning: boolean;
  /** Lines of the day that name no client, of any reason. They may belong to anybody, so they are only counted. */
  readonly nameless: number;
}

/** The bytes of a day's rejected lines that are read: about ten thousand lines. */
const MOST_BYTES = 4 << 20;

/** Reads the rejected lines of a day; undefined when the day has none. */
export async function readRejects(store: Store, client: string, day: number): Promise<Rejects | undefined> {
  const folder = logsFolder(day);
  const manifest = await readManifestIfIntact(store, folder);
  const file = manifest?.files[0];
  if (manifest === undefined || file === undefined) return undefined;
  const { bytes } = await store.get(folder + file.name, { range: { start: 0, end: MOST_BYTES } });
  const isBeginning = file.size > bytes.length;
  const lines = new TextDecoder().decode(bytes).split('\n');
  // The last line is empty, or it was cut off.
  lines.pop();
  const clients = isRecord(manifest.counts.clients) ? Object.keys(manifest.counts.clients) : [];
  const isAlone = clients.length === 1 && clients[0] === client;
  const byReason = new Map<string, { lines: number; readonly first: RejectedLine }>();
  let nameless = 0;
  for (const line of lines) {
    const reject = rejectIn(line);
    if (reject === undefined) continue;
    const named = isAlone ? client : clientNamedIn(reject.text);
    if (named === undefined) nameless++;
    if (named !== client) continue;
    const known = byReason.get(reject.reason);
    if (known === undefined) byReason.set(reject.reason, { lines: 1, first: reject });
    else known.lines++;
  }
  const inOrder = [...byReason].sort(([a, m], [b, n]) => n.lines - m.lines || (a < b ? -1 : 1));
  const reasons = inOrder.map(([reason, { lines }]) => ({ reason, lines }));
  return { day, reasons, samples: inOrder.map(([, { first }]) => first), isBeginning, nameless };
}

/** Returns the client that a line names. Lines are cut off, so that most of them cannot be parsed. */
function clientNamedIn(text: string): string | undefined {
  const [, name] = /"client"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  const parsed = name === undefined ? undefined : parseJson(name);
  return typeof parsed === 'string' ? parsed : undefined;
}

function rejectIn(line: string): RejectedLine | undefined {
  const value = parseJson(line);
  if (!isRecord(value)) return undefined;
  const place = value.line === undefined ? `byte ${value.offset}` : `line ${value.line}`;
  return { object: String(value.object), place, reason: String(value.reason), text: masked(String(value.text)) };
}
