/** Starts days one after another, at most a given number at once, and waits for each. */
import type { ExecutionStatus } from '../../shared/job/executions.ts';
import { type Remote, statusAtEnd } from './remote.ts';
import { startDay } from './start.ts';

/** The result of a day: how its execution ended, or why it had none. */
export interface BackfilledDay {
  readonly day: number;
  readonly status: ExecutionStatus | 'NOTHING' | 'NO LOGS';
  readonly execution: string | null;
  readonly detail: string;
}

export interface BackfillOptions {
  /** The first day; `to` is the last one, included. */
  readonly from: number;
  readonly to: number;
  readonly concurrency: number;
  readonly onDay?: (day: BackfilledDay) => void;
}

/** Returns a function that runs a whole day by the day's machine. */
export async function wholeDay(
  remote: Remote,
  pause: () => Promise<unknown>,
): Promise<(day: number) => Promise<BackfilledDay>> {
  const machine = await remote.machine('daily');
  return (day) => runDay(remote, machine, day, pause);
}

/** Returns the results in the order of the days. The other days run also when one fails. */
export async function backfill(
  runOne: (day: number) => Promise<BackfilledDay>,
  { from, to, concurrency, onDay }: BackfillOptions,
): Promise<BackfilledDay[]> {
  const done: BackfilledDay[] = [];
  let next = from;
  const lane = async (): Promise<void> => {
    for (let day = next++; day <= to; day = next++) {
      const ended = await runOne(day);
      done[day - from] = ended;
      onDay?.(ended);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, to - from + 1) }, lane));
  return done;
}

async function runDay(
  remote: Remote,
  machine: string,
  day: number,
  pause: () => Promise<unknown>,
): Promise<BackfilledDay> {
  const started = await startOrNothing(remote, day);
  if (started.kind === 'nothing') return { day, status: started.status, execution: null, detail: started.why };
  const { name } = started;
  const status = await statusAtEnd(remote, machine, name, pause);
  const report = status === 'SUCCEEDED' ? undefined : await remote.describe(machine, name);
  return { day, status, execution: name, detail: report?.cause ?? '' };
}

type Started =
  | { readonly kind: 'started'; readonly name: string }
  | { readonly kind: 'nothing'; readonly status: 'NOTHING' | 'NO LOGS'; readonly why: string };

async function startOrNothing(remote: Remote, day: number): Promise<Started> {
  try {
    const outcome = await startDay(remote, day);
    if (outcome.kind === 'nothing') return { kind: 'nothing', status: 'NOTHING', why: outcome.why };
    return { kind: 'started', name: outcome.name };
  } catch (error) {
    // A shop may be closed for a day, so a day without logs is no failure.
    if (error instanceof Error && error.name === 'NoInputError')
      return { kind: 'nothing', status: 'NO LOGS', why: error.message };
    throw error;
  }
}
