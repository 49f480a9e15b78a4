/**
 * The live memory of workers: the largest size of a thread's heap and buffers without garbage.
 *
 * Most of a thread's memory at the end of a shard is garbage, because V8 collects buffers only after 32 MiB of new ones. A
 * separate run therefore makes a full collection for every 4 MiB, and reads the remaining size after each. The size is exact,
 * because no other thread frees memory at that time. Memory that is used and freed between two collections is not seen.
 */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { accountName } from '../../shared/cost/usage.ts';
import { CHILDREN } from './places.ts';
import type { Row } from './section.ts';

const AT_MOST = 1.2;

/** Options of Node. The size is that of the space of new objects; buffers are collected at four times this size. */
export const LIVE_MEMORY_OPTIONS: readonly string[] = [
  ...['--single-threaded-gc', '--no-incremental-marking', '--scavenger-max-new-space-capacity-mb=1', '--gc-global'],
  ...['--expose-gc', `--import=${pathToFileURL(`${CHILDREN}live-memory.mjs`).href}`],
];

/** Step → the highest live memory of all invocations, in MiB. The planning of a step counts as a step, as in `usage.json`. */
export type LiveMemory = ReadonlyMap<string, number>;

/** An invocation, as `children/live-memory.mjs` writes it. */
export interface Invocation {
  readonly handler: string;
  /** The step that the invocation planned. */
  readonly planned?: string;
  /** The thread's memory before the invocation, in MiB. */
  readonly beforeMb: number;
  readonly liveMb: number;
}

/** Runs a job with the option `liveMemory` set to the file. */
type WatchedRun = (file: string) => Promise<unknown>;

/**
 * Returns the growth of live memory from the run `below` to the run `above`. The run `first` is made before both and not
 * counted, because the first run with these options compiles the modules and keeps their sources in memory.
 */
export async function liveGrowth(
  what: string,
  { first, below, above }: Readonly<Record<'first' | 'below' | 'above', WatchedRun>>,
): Promise<Row> {
  try {
    await liveMemoryOf(first);
    const less = await liveMemoryOf(below);
    return liveRow(what, await liveMemoryOf(above), less);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { what, ratio: undefined, target: { atMost: AT_MOST }, note: `not measured: ${reason}` };
  }
}

async function liveMemoryOf(run: WatchedRun): Promise<LiveMemory> {
  const file = join(tmpdir(), `live-memory-${process.pid}.ndjson`);
  rmSync(file, { force: true });
  await run(file);
  const live = highestByStep(readInvocations(file));
  rmSync(file);
  return live;
}

export const readInvocations = (file: string): Invocation[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Invocation);

export function highestByStep(invocations: readonly Invocation[]): LiveMemory {
  const highest = new Map<string, number>();
  for (const { handler, planned, liveMb } of invocations) {
    const step = accountName(handler, planned);
    highest.set(step, Math.max(highest.get(step) ?? 0, liveMb));
  }
  return highest;
}

/** Returns the ratio of the highest steps of two runs, and names every step that grew by more than the target. */
export function liveRow(what: string, above: LiveMemory, below: LiveMemory): Row {
  const [most, least] = [highestOf(above), highestOf(below)];
  const grown = [...above].filter(([step, mb]) => mb > AT_MOST * (below.get(step) ?? mb));
  const steps = grown
    .sort(([, a], [, b]) => b - a)
    .map(([step, mb]) => `${step} ${mb.toFixed(1)} / ${below.get(step)?.toFixed(1)}`);
  return {
    what,
    ratio: most.mb / least.mb,
    target: { atMost: AT_MOST },
    note:
      `${most.mb.toFixed(1)} MiB (${most.step}) / ${least.mb.toFixed(1)} MiB (${least.step})` +
      (steps.length === 0 ? '' : `; grown: ${steps.join(', ')}`),
  };
}

function highestOf(live: LiveMemory): { readonly step: string; readonly mb: number } {
  const [step, mb] = [...live].reduce((most, one) => (one[1] > most[1] ? one : most));
  return { step, mb };
}
