/**
 * What workers hold alive: the heap and the buffers of a thread, no garbage among them, at their highest.
 *
 * What a thread has at a shard's end is mostly garbage: V8 collects buffers only for every 32 MiB of new ones. So a run is
 * made for this alone, with a full collection for every 4 MiB, and after each V8 says what is left: exactly, as no other
 * thread is still freeing what was found. What comes and goes between two collections is not seen.
 */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { accountName } from '../../shared/cost/usage.ts';
import { CHILDREN } from './places.ts';
import type { Row } from './section.ts';

const AT_MOST = 1.2;

/** Of Node. The size is that of the youngest objects' space: buffers are collected when they are four times as large. */
export const LIVE_MEMORY_OPTIONS: readonly string[] = [
  ...['--single-threaded-gc', '--no-incremental-marking', '--scavenger-max-new-space-capacity-mb=1', '--gc-global'],
  ...['--expose-gc', `--import=${pathToFileURL(`${CHILDREN}live-memory.mjs`).href}`],
];

/** MiB, the highest of all invocations, by step; what planned a step is a step of its own, as in a run's account. */
export type LiveMemory = ReadonlyMap<string, number>;

/** One invocation, as `children/live-memory.mjs` writes it. */
export interface Invocation {
  readonly handler: string;
  /** The step that it planned. */
  readonly planned?: string;
  /** MiB: what the thread held before. */
  readonly beforeMb: number;
  readonly liveMb: number;
}

/** Runs a job with `liveMemory` of its pool set to the file. */
type WatchedRun = (file: string) => Promise<unknown>;

/**
 * How what workers hold grows from one run to another.
 * @param runs `first` goes before both and is not looked at: what compiles modules for these options holds their sources too
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

/** A job's highest step at more data over its highest at less, and every step that grew by more than the target. */
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
